// The same elements as tables: for those who read with their ears or fingers, and for looking a number up.
import { useSome } from "../common.js";
import { html } from "../dom.js";
import { Mark } from "../states.js";
import { addressOf } from "../router.js";
import { number, t } from "../texts.js";
import { className } from "../words.js";
import { describeEdge } from "./files.js";
import { groupName } from "./scene.js";
import { go, withOne } from "./view.js";

const FIRST = 100;

export function Tables({ found, scene, view }) {
  const rows = [...scene.boxes].sort((a, b) => a.x - b.x || a.y - b.y);
  const [shown, more] = useSome(rows, FIRST);
  const [links, moreLinks] = useSome(scene.links, FIRST);
  const lanes = new Map(scene.lanes.map((lane) => [lane.tier, lane.title]));
  const hasStates = Boolean(found.counts);
  return html`<div class="scroll" role="group" tabindex="0" aria-label=${t("explorer.table_cis",
    { count: found.cis })}><table>
    <caption>${t("explorer.table_cis", { count: found.cis })}</caption>
    <thead><tr>${hasStates && html`<th scope="col">${t("explorer.column_state")}</th>`}
      ${["name", "id", "class", "lane"].map((name) => html`<th key=${name}
        scope="col">${t(`explorer.column_${name}`)}</th>`)}
      <th scope="col" class="right">${t("explorer.column_hidden")}</th></tr></thead>
    <tbody>${shown.map((box) => html`<tr key=${box.id} class=${box.id === view.selected ? "now" : ""}>
      ${hasStates && html`<td>${box.state && html`<${Mark} state=${box.seed ? "seed" : box.state} />`}</td>`}
      ${box.isGroup
        ? html`<th scope="row"><button type="button" class="more" disabled=${box.opened} onClick=${() => go(view,
          { open: withOne(view.open, box.key) })}>${t("explorer.open_group", { count: box.count })}</button></th>
            <td></td><td>${groupName(box)}</td>`
        : html`<th scope="row"><a href=${addressOf(box.ciId)}>${box.name}</a></th><td
          class="id">${box.ciId}</td><td>${className(box.ciClass)}</td>`}
      <td>${lanes.get(box.tier)}</td>
      <td class="right">${box.isGroup ? "" : number(box.hiddenDependents + box.hiddenProviders)}</td></tr>`)}</tbody>
  </table></div>${more}
  <div class="scroll" role="group" tabindex="0" aria-label=${t("explorer.table_pairs",
    { count: found.relationships })}><table>
    <caption>${t("explorer.table_pairs", { count: found.relationships })}</caption>
    <thead><tr>${["dependent", "type", "provider", "strength", "redundancy"].map((name) => html`<th key=${name}
      scope="col">${t(`explorer.column_${name}`)}</th>`)}
      <th scope="col" class="right">${t("explorer.column_count")}</th></tr></thead>
    <tbody>${links.map((link) => html`<tr key=${link.id}>
      <th scope="row">${link.from.title}</th><td>${describeEdge(link)}</td><td>${link.to.title}</td>
      <td>${link.strength ? t(`explorer.strength_${link.strength}`) : ""}</td><td>${link.group ?? ""}</td>
      <td class="right">${number(link.count)}</td></tr>`)}</tbody>
  </table></div>${moreLinks}`;
}

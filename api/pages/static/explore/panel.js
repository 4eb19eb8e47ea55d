// What is selected: how it stands and why, and what one can do from here.
import { useAsk } from "../ask.js";
import { DraftLink } from "../changing/entry.js";
import { Answered, Panel } from "../common.js";
import { html } from "../dom.js";
import { Legend, Mark, Shape, wordOf } from "../states.js";
import { addressOf } from "../router.js";
import { number, t } from "../texts.js";
import { className } from "../words.js";
import { go, inputOf, seedOf, seedText, withOne, without } from "./view.js";

const WALKS = ["neighbourhood", "service", "site"];

// The why of a CI is asked for by itself: the picture need not come again for it.
export function useWhy(view, box, past) {
  const wanted = Boolean(box && !box.isGroup && box.state && box.state !== "UNAFFECTED");
  const input = { ...inputOf({ ...view, ci: [box?.id], view: "neighbourhood", hops: 1, class: [], status: [],
    owner: [], site: [], text: "", open: [], expand: [], collapse: [], group: "none", affected: "" }), hops: 0 };
  const asked = useAsk("explore_why", { view: input, ciId: box?.id ?? "", asOf: past?.iso ?? null }, { skip: !wanted,
    alone: Boolean(past) });
  return { ...asked, wanted, steps: wanted ? (asked.data?.explore.why ?? []) : [] };
}

export function Selected({ view, box, why, found, way, onWay, nameOf }) {
  if (!box) return html`<${Nothing} view=${view} found=${found} way=${way} onWay=${onWay} />`;
  return html`<${Panel} title=${box.title} note=${box.isGroup ? "" : className(box.ciClass)} class="selected">
    ${box.isGroup ? html`<${Group} view=${view} group=${box} />` : html`<${Ci} view=${view} node=${box} />`}
  <//>
  ${why.wanted && html`<${Panel} title=${t("explorer.why", { name: box.title })} class="why-panel">
    <${Answered} asked=${why} lines=${4}>${() => html`<${Why} steps=${why.steps} view=${view} nameOf=${nameOf} />`}<//>
  <//>`}`;
}

function Ci({ view, node }) {
  const isExpanded = view.expand.includes(node.id);
  const isStopped = view.collapse.includes(node.id);
  const hidden = node.hiddenDependents + node.hiddenProviders;
  const isSeed = view.seed.some((text) => seedOf(text).ciId === node.id);
  const [first] = view.ci;
  const hide = () => go(view, { expand: without(view.expand, node.id) });
  const show = () => go(view, { expand: withOne(view.expand, node.id) });
  const stop = () => go(view, { collapse: (isStopped ? without : withOne)(view.collapse, node.id) });
  const fresh = (kind, ci, selected) => () => go(view, { ...FRESH, view: kind, ci, selected });
  const others = view.seed.filter((text) => seedOf(text).ciId !== node.id);
  const seed = () => go(view, { seed: isSeed ? others : [...others, seedText(node.id, "outage")] });
  const counts = { dependents: node.hiddenDependents, providers: node.hiddenProviders };
  return html`
    <p class="legend">${node.seed && html`<${Mark} state="seed" />`}
      ${node.state && html`<${Mark} state=${node.state} />`}<span class="id">${node.ciId}</span></p>
    <p class="note">${t("explorer.hidden_around", counts)}</p>
    <div class="actions">
      <a class="button primary" href=${addressOf(node.ciId)}>${t(view.at ? "explorer.open_page_now"
        : "explorer.open_page")}</a>
      ${!view.at && html`<${DraftLink} ci=${[node.id]} />`}
      ${isExpanded && html`<button type="button" onClick=${hide}>${t("explorer.collapse")}</button>`}
      ${!isExpanded && hidden > 0 &&
        html`<button type="button" onClick=${show}>${t("explorer.expand", { count: hidden })}</button>`}
      ${WALKS.includes(view.view) && !view.ci.includes(node.id) &&
        html`<button type="button" aria-pressed=${isStopped} onClick=${stop}>${t("explorer.stop_here")}</button>`}
      <button type="button" onClick=${fresh("neighbourhood", [node.id], node.id)}>${t("explorer.around")}</button>
      <button type="button" onClick=${fresh("service", [node.id], node.id)}>${t("explorer.all_below")}</button>
      ${first && first !== node.id &&
        html`<button type="button" onClick=${fresh("paths", [first, node.id], "")}>${t("explorer.way_from_first")}</button>`}
      <button type="button" aria-pressed=${isSeed} onClick=${seed}>${t("explorer.if_it_stops")}</button>
    </div>`;
}

const FRESH = { open: [], expand: [], collapse: [], class: [], status: [], owner: [], site: [], text: "", group: "" };

const COUNTED = [["OUTAGE", "outage"], ["DEGRADED", "degraded"], ["AT_RISK", "atRisk"]];

function Group({ view, group }) {
  const hit = COUNTED.filter(([, name]) => group.states?.[name]);
  const open = () => go(view, { open: withOne(view.open, group.key) });
  return html`<p>${t("explorer.group_holds", { count: group.count, pairs: group.inner })}</p>
    ${hit.length > 0 && html`<p class="legend">${hit.map(([state, name]) =>
      html`<span key=${name}>${number(group.states[name])} <${Mark} state=${state} /></span>`)}</p>`}
    ${group.opened ? html`<p class="note">${t("explorer.full")}</p>` : html`<div class="actions">
      <button type="button" class="primary" onClick=${open}>${t("explorer.open_group", { count: group.count })}</button>
    </div>`}`;
}

function Why({ steps, view, nameOf }) {
  return html`<ol class="why ${steps[0]?.state.toLowerCase() ?? ""}">${steps.map((step, at) => html`<li key=${at}>
    <${Shape} state=${step.rule === "seed" ? "seed" : step.state} />
    <button type="button" class="link" onClick=${() => go(view, { selected: step.ciId },
      { replace: true })}><strong>${nameOf(step.ciId)}</strong></button>
    <span class="unseen">${wordOf(step.state)}</span><div class="note">${step.message}</div></li>`)}</ol>`;
}

function Nothing({ view, found, way, onWay }) {
  const states = ["seed", "OUTAGE", "DEGRADED", "AT_RISK", "UNAFFECTED"];
  return html`<${Panel} title=${t("explorer.nothing_selected")} class="selected">
    <p class="note">${t("explorer.help")}</p>
    ${found.counts && html`<${Legend} states=${states} />`}
  <//>
  ${view.view === "paths" && found.paths.length > 0 && html`<${Panel} title=${t("explorer.ways")} class="ways">
    <ol class="lines">${found.paths.map((path, at) => html`<li key=${at}>
      <button type="button" class="link" aria-pressed=${at === way} onClick=${() => onWay(at)}>${t("explorer.way",
        { steps: path.ciIds.length - 1 })}</button>
      <span class="note">${path.ciIds.map((id) => found.nodes.find((node) => node.ciId === id)?.name ?? id).join(" → ")}</span></li>`)}</ol>
  <//>`}`;
}

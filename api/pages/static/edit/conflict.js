// Somebody was faster: what they changed beside what was typed here, and whose it shall be; nothing typed is lost.
import { Panel, Sentence } from "../common.js";
import { html, useState } from "../dom.js";
import { gap, number, t, time } from "../texts.js";
import { choiceName, declared, typeName } from "../words.js";
import { labelOf } from "./fields.js";
import { shownOf } from "./preview.js";
import { compared } from "./sheet.js";

export function Conflict({ base, fresh, sheet, since, moved, go, back }) {
  const lines = compared(base, fresh, sheet);
  const both = lines.filter((each) => each.mine !== undefined);
  const [taken, take] = useState(new Set());
  const set = (name, theirs) => take((old) => {
    const next = new Set(old);
    if (theirs) next.add(name);
    else next.delete(name);
    return next;
  });
  const said = t(both.length ? "edit.conflict" : "edit.conflict_elsewhere", { name: fresh.name, count: both.length });
  const actions = html`<button type="button" class="primary" onClick=${() => go(taken)}>
      ${t("edit.conflict_go")}</button>
    <button type="button" onClick=${() => go(new Set(both.map((each) => each.name)))}>${t("edit.take_theirs")}</button>
    <button type="button" onClick=${back}>${t("edit.cancel")}</button>`;
  return html`<${Sentence} moved=${moved} tone="at_risk" note=${[t("edit.conflict_note"), whoOf(fresh, base,
    since)].join(gap())} actions=${actions}>${said}<//>
    <${Panel} title=${t("edit.side_by_side")} note=${number(lines.length)} class="flush">
      <div class="scroll"><table class="cards told conflict"><thead><tr><th>${t("edit.column_what")}</th>
        <th>${t("edit.column_was")}</th><th>${t("edit.column_theirs")}</th><th>${t("edit.column_mine")}</th>
        <th>${t("edit.column_use")}</th></tr></thead>
        <tbody>${lines.map((each) => html`<${Line} key=${each.name} base=${base} each=${each}
          theirs=${taken.has(each.name)} set=${(one) => set(each.name, one)} />`)}</tbody>
      </table></div>
      ${!lines.length && html`<p class="empty">${t("edit.conflict_same")}</p>`}
    <//>`;
}

// who it was and when: of the record that the server refused, and of the CI
function whoOf(fresh, base, since) {
  const known = new Map(fresh.history.filter((each) => each.number > base.revision).map((each) => [each.number, each]));
  for (const each of since) known.set(each.number, each);
  const all = [...known.values()].sort((one, other) => other.number - one.number);
  const said = all.slice(0, 5).map((each) => t("edit.who", { actor: each.actor, at: time(each.at), source: each.source,
    revision: number(each.number) }));
  return said.join(t("impact.comma"));
}

function Line({ base, each, theirs, set }) {
  const fields = new Map(declared(base.ciClass));
  const isField = each.kind === "field";
  const what = isField ? labelOf(each.name, fields.get(each.name)) : relationOf(each.was ?? each.theirs);
  const shown = (value) => (isField ? shownOf(fields.get(each.name), each.name, value) : stateOf(value));
  const mine = each.mine === undefined ? html`<span class="note">${t("edit.untouched")}</span>`
    : isField ? typed(fields.get(each.name), each.name, each.mine) : stateOf(each.mine);
  return html`<tr><th scope="row"><strong>${what}</strong></th>
    <td data-label=${t("edit.column_was")}>${shown(each.was)}</td>
    <td data-label=${t("edit.column_theirs")}>${shown(each.theirs)}</td>
    <td data-label=${t("edit.column_mine")}>${mine}</td>
    <td data-label=${t("edit.column_use")}>${each.mine === undefined ? t("edit.theirs") : html`<div class="actions">
      <button type="button" aria-pressed=${theirs} aria-label=${`${t("edit.theirs")}${gap()}${what}`}
        onClick=${() => set(true)}>${t("edit.theirs")}</button>
      <button type="button" aria-pressed=${!theirs} aria-label=${`${t("edit.mine")}${gap()}${what}`}
        onClick=${() => set(false)}>${t("edit.mine")}</button></div>`}</td></tr>`;
}

const relationOf = (row) => `${row.source.name} ${typeName(row.type)} ${row.target.name}`;

function typed(field, name, value) {
  if (value === null || value === "") return t("edit.nothing");
  return field?.choices ? choiceName(name, value) : value;
}

function stateOf(row) {
  if (!row) return t("edit.not_there");
  if (row.ended) return t("edit.ended");
  if (row.pointer) return row.other?.name ?? t("edit.nothing");
  return [row.strength && t(`edit.strength_${row.strength}`), row.group && t("pages.in_group", { group: row.group }),
    row.quorum && t("edit.needs", { quorum: row.quorum })].filter(Boolean).join(" · ") || t("edit.there");
}

// Relationships and redundancy groups of a CI in a form: strengths, groups and quorums to change, some to end, others
// to add. A group belongs to whoever rests on it: of those that lead here only strength and end are changed here.
import { More, Panel } from "../common.js";
import { html, useState } from "../dom.js";
import { addressOf } from "../router.js";
import { Search } from "../search.js";
import { t } from "../texts.js";
import { shorthands, typeName, typeOf, types } from "../words.js";
import { groupsOf, has, newRow, pointed, rowNow } from "./sheet.js";

const SHOWN = 25;

export function Related({ base, sheet, errors, change }) {
  // what a column stands for is changed there
  const columns = Object.keys(shorthands()).map((name) => pointed(base, name)?.key);
  const rows = [...base.rows.values()].filter((row) => !columns.includes(row.key));
  const groups = groupsOf(base, sheet);
  return html`<${Panel} title=${t("edit.relationships")} note=${t("edit.relationships_note")} class="flush related">
    <datalist id="group-names">${groups.map((group) => html`<option key=${group.name} value=${group.name} />`)}
    </datalist>
    <${Side} base=${base} sheet=${sheet} errors=${errors} change=${change} own=${true}
      rows=${rows.filter((row) => row.own)} />
    <${Side} base=${base} sheet=${sheet} errors=${errors} change=${change} own=${false}
      rows=${rows.filter((row) => !row.own)} />
    ${base.beyond > 0 && html`<p class="note">${t("edit.beyond", { count: base.beyond })}</p>`}
  <//>
  ${groups.length > 0 && html`<${Groups} groups=${groups} sheet=${sheet} errors=${errors} change=${change} />`}`;
}

function Side({ base, sheet, errors, change, own, rows }) {
  const [open, setOpen] = useState(false);
  const isShown = (row, at) => open || at < SHOWN || row.key in sheet.rows || errors.has(`row-${row.key}`);
  const shown = rows.filter(isShown);
  const added = sheet.added.filter((row) => row.own === own);
  const add = () => change((old) => ({ ...old, added: [...old.added, newRow(own)] }));
  return html`<section class="side"><h3>${t(own ? "edit.side_own" : "edit.side_in")}</h3>
    ${!rows.length && !added.length && html`<p class="note">${t("edit.side_none")}</p>`}
    <ul class="plain">
      ${shown.map((row) => html`<${Row} key=${row.key} row=${row} now=${rowNow(row, sheet)} change=${change}
        error=${errors.get(`row-${row.key}`)} />`)}
      ${added.map((row) => html`<${Added} key=${row.id} base=${base} row=${row} change=${change}
        error=${errors.get(`added-${row.id}`)} />`)}
    </ul>
    <p class="actions"><${More} count=${rows.length - shown.length} onClick=${() => setOpen(true)} />
      <button type="button" onClick=${add}>${t(own ? "edit.add_own" : "edit.add_in")}</button></p>
  </section>`;
}

function Row({ row, now, change, error }) {
  const other = row.own ? row.target : row.source;
  const set = (given) => change((old) => {
    const { [row.key]: was, ...rows } = old.rows;
    const next = { ended: false, strength: row.strength, group: row.group, ...was, ...given };
    const back = !next.ended && next.strength === row.strength && next.group === row.group;
    return { ...old, rows: back ? rows : { ...rows, [row.key]: next } };
  });
  const impact = typeOf(row.type).provider;
  const touched = now.ended || now.strength !== row.strength || now.group !== row.group;
  return html`<li class="relation ${touched ? "touched" : ""}">
    <div class="who"><span class="note">${typeName(row.type)}</span>
      <a href=${addressOf(other.ciId)} class=${now.ended ? "gone" : ""}><strong>${other.name}</strong></a>
      <span class="id">${other.ciId}</span></div>
    <div class="how">${!now.ended && impact && html`<${Strength} id="row-${row.key}" name=${other.name}
        value=${now.strength} set=${(strength) => set({ strength })} />
      ${row.own ? html`<${Group} name=${other.name} value=${now.group} set=${(group) => set({ group })} />`
      : row.group && html`<span class="note">${t("pages.in_group", { group: row.group })}</span>`}`}
    ${now.ended && html`<span class="tag">${t("edit.will_end")}</span>`}
    <button type="button" id=${impact && !now.ended ? undefined : `row-${row.key}`}
      aria-label=${`${t(now.ended ? "edit.keep" : "edit.end")} ${other.name}`}
      onClick=${() => set({ ended: !now.ended })}>${t(now.ended ? "edit.keep" : "edit.end")}</button></div>
    ${error && html`<p class="wrong" role="alert">${error}</p>`}
  </li>`;
}

function Added({ base, row, change, error }) {
  const set = (given) => change((old) => ({ ...old, added: old.added.map((each) => (each.id === row.id
    ? { ...each, ...given } : each)) }));
  const drop = () => change((old) => ({ ...old, added: old.added.filter((each) => each.id !== row.id) }));
  const impact = typeOf(row.type).provider;
  const named = row.other?.name ?? t("edit.new_row");
  return html`<li class="relation touched">
    <div class="who">
      <label><span class="unseen">${t("edit.type")}</span><select id="added-${row.id}" value=${row.type}
        onChange=${(event) => set({ type: event.target.value, group: "",
          strength: typeOf(event.target.value).hard ? "hard" : "soft" })}>
        ${types().map((name) => html`<option key=${name} value=${name} selected=${name === row.type}>
          ${typeName(name)}</option>`)}</select></label>
      ${row.other ? html`<strong>${row.other.name}</strong><span class="id">${row.other.ciId}</span>`
      : html`<${Search} name="other-${row.id}" label=${t(row.own ? "edit.other_own" : "edit.other_in",
          { name: base.name })}
          onChosen=${(ci) => set({ other: { ciId: ci.ciId, name: ci.name } })} />`}</div>
    <div class="how">${impact && html`<${Strength} name=${named} value=${row.strength}
        set=${(strength) => set({ strength })} />
      ${row.own && html`<${Group} name=${named} value=${row.group} set=${(group) => set({ group })} />`}`}
    <button type="button" aria-label=${`${t("edit.drop")} ${named}`} onClick=${drop}>${t("edit.drop")}</button></div>
    ${error && html`<p class="wrong" role="alert">${error}</p>`}
  </li>`;
}

const Strength = ({ id, name, value, set }) => html`<label>
  <span class="unseen">${`${t("edit.strength")} ${name}`}</span>
  <select id=${id} value=${value} onChange=${(event) => set(event.target.value)}>
    ${["hard", "soft"].map((one) => html`<option key=${one} value=${one} selected=${one === value}>
      ${t(`edit.strength_${one}`)}</option>`)}</select></label>`;

const Group = ({ name, value, set }) => html`<label><span class="unseen">${`${t("edit.group")} ${name}`}</span>
  <input type="text" class="group" list="group-names" placeholder=${t("edit.group_none")} value=${value}
    maxlength="200" autocomplete="off" onInput=${(event) => set(event.target.value)} /></label>`;

function Groups({ groups, sheet, errors, change }) {
  const set = (group, value) => change((old) => {
    const { [group.name]: _, ...quorums } = old.quorums;
    return { ...old, quorums: value === group.was ? quorums : { ...quorums, [group.name]: value } };
  });
  return html`<${Panel} title=${t("edit.groups")} note=${t("edit.groups_note")}>
    <div class="form">${groups.map((group) => html`<div key=${group.name}
      class="field ${has(sheet.quorums, group.name) ? "touched" : ""}">
      <label for="group-${group.name}">${group.name} <span class="note">
        ${t("edit.group_members", { count: group.members })}</span></label>
      <div class="entry"><input id="group-${group.name}" type="text" value=${group.quorum} autocomplete="off"
        placeholder=${t("edit.quorum_all")} aria-invalid=${errors.has(`group-${group.name}`) ? "true" : undefined}
        onInput=${(event) => set(group, event.target.value)} />
        <p class="note">${t("edit.quorum_hint")}</p>
        ${errors.has(`group-${group.name}`) && html`<p class="wrong" role="alert">
          ${errors.get(`group-${group.name}`)}</p>`}</div>
    </div>`)}</div>
  <//>`;
}

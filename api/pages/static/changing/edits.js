// What a change does to the graph, in its form: each edit as a sentence that can be taken out, and new ones.
import { useAsk } from "../ask.js";
import { own } from "../base.js";
import { Answered, Panel } from "../common.js";
import { html, useRef, useState } from "../dom.js";
import { Search } from "../search.js";
import { duration, number, t } from "../texts.js";
import { declared, fieldOf, typeName, typeOf, types } from "../words.js";

const KINDS = ["retire", "relate", "unrelate", "set"];
const FIRST = 100; // relationships of a CI to choose from
const FIXED = ["ci_class", "status"]; // fields that no edit sets

// An edit of the document as a sentence; `named`: {ciId: name} as far as names are known.
export function editSentence(edit, named = {}) {
  const name = (id) => own(named, id) ?? id;
  switch (edit.op) {
    case "add": return t("draft.edit_add", { name: edit.ci?.name ?? edit.ci?.ci_id });
    case "retire": return t("draft.edit_retire", { name: name(edit.ci_id) });
    case "relate": return t(edit.redundancy_group ? "draft.edit_relate_group" : "draft.edit_relate",
      { source: name(edit.source), type: typeName(edit.type), target: name(edit.target),
        group: edit.redundancy_group ?? "" });
    case "unrelate": return t("draft.edit_unrelate", { source: name(edit.source), type: typeName(edit.type),
      target: name(edit.target) });
    case "regroup": return t("draft.edit_regroup", { name: name(edit.ci_id), group: edit.redundancy_group ?? "—" });
    case "set": return t(edit.value === null ? "draft.edit_clear" : "draft.edit_set", { name: name(edit.ci_id),
      field: fieldOf("", edit.field).name, value: worded(fieldOf("", edit.field), edit.value) });
    default: return String(edit.op);
  }
}

// What a field is set to: seconds in words.
const worded = ({ type }, value) => (type === "duration" && typeof value === "number" ? duration(value) : String(value));

// [{group, edit, at, within}]: those of a group switch together.
const flat = (edits) => edits.flatMap((each, at) => (Array.isArray(each.edits)
  ? each.edits.map((edit, within) => ({ group: each.group, edit, at, within })) : [{ group: null, edit: each, at,
    within: null }]));

// Without one of them; a group that is empty then goes, too.
function without(edits, { at, within }) {
  if (within === null) return edits.filter((_, place) => place !== at);
  return edits.map((each, place) => (place === at ? { ...each, edits: each.edits.filter((_, n) => n !== within) } : each))
    .filter((each) => !Array.isArray(each.edits) || each.edits.length);
}

export function Edits({ edits, set, error, named }) {
  const [kind, choose] = useState("retire");
  const [names, learn] = useState({});
  const known = { ...named, ...names };
  const said = useRef(null);
  const add = (edit, some) => {
    learn((old) => ({ ...old, ...Object.fromEntries(some.map((ci) => [ci.ciId, ci.name])) }));
    set((old) => (old.some((each) => JSON.stringify(each) === JSON.stringify(edit)) ? old : [...old, edit]));
  };
  const drop = (one) => {
    set((old) => without(old, one));
    said.current?.focus({ preventScroll: true });
  };
  const some = flat(edits);
  return html`<${Panel} title=${t("draft.edits")} note=${number(some.length)} class="picked edits">
    <div id="draft-edits" tabindex="-1" ref=${said}>
      ${!some.length && html`<p class="note">${t("draft.edits_none")}</p>`}
      <ul class="plain">${some.map((each) => html`<li key="${each.at}/${each.within}"><span>
        ${editSentence(each.edit, known)}${each.group && html` <span class="tag">${t("draft.edit_group",
          { group: each.group })}</span>`}</span>
        <button type="button" onClick=${() => drop(each)}>${t("draft.drop")}<span class="unseen">
          ${" "}${editSentence(each.edit, known)}</span></button></li>`)}</ul>
      ${error && html`<p class="wrong" role="alert">${error}</p>`}
    </div>
    <details class="paste"><summary>${t("draft.edit_new")}</summary>
      <label class="choosing"><span class="note">${t("draft.edit_kind")}</span><select value=${kind}
        onChange=${(event) => choose(event.target.value)}>${KINDS.map((one) => html`<option key=${one} value=${one}
          selected=${one === kind}>${t(`draft.kind_${one}`)}</option>`)}</select></label>
      ${kind === "retire" && html`<${Pick} key="retire" name="retire" label=${t("draft.pick_retire")}
        onChosen=${(ci) => add({ op: "retire", ci_id: ci.ciId }, [ci])} />`}
      ${kind === "relate" && html`<${Relate} add=${add} />`}
      ${kind === "unrelate" && html`<${Unrelate} add=${add} />`}
      ${kind === "set" && html`<${SetField} add=${add} />`}
    </details>
  <//>`;
}

const Pick = ({ name, label, onChosen }) => html`<div class="with"><span class="note">${label}</span>
  <${Search} name="edit-${name}" label=${label} onChosen=${onChosen} /></div>`;

// one end of what is being put together, and a way to choose another one
const Chosen = ({ ci, name, label, choose }) => (ci
  ? html`<p class="chosen"><span class="note">${label}</span> <strong>${ci.name}</strong> <button type="button"
    onClick=${() => choose(null)}>${t("draft.another")}<span class="unseen"> ${label}</span></button></p>`
  : html`<${Pick} name=${name} label=${label} onChosen=${choose} />`);

function Relate({ add }) {
  const [source, from] = useState(null);
  const [target, to] = useState(null);
  const [type, be] = useState(types()[0]);
  const [group, join] = useState("");
  const impact = typeOf(type).provider;
  const done = () => {
    const grouped = impact && group.trim() ? { redundancy_group: group.trim() } : {};
    add({ op: "relate", source: source.ciId, type, target: target.ciId, ...grouped }, [source, target]);
    to(null);
  };
  return html`<${Chosen} ci=${source} name="source" label=${t("draft.pick_source")} choose=${from} />
    <label class="choosing"><span class="note">${t("edit.type")}</span><select value=${type}
      onChange=${(event) => be(event.target.value)}>${types().map((one) => html`<option key=${one} value=${one}
        selected=${one === type}>${typeName(one)}</option>`)}</select></label>
    <${Chosen} ci=${target} name="target" label=${t("draft.pick_target")} choose=${to} />
    ${impact && html`<label class="choosing"><span class="note">${t("edit.group")}</span><input type="text" value=${group}
      maxlength="200" placeholder=${t("edit.group_none")} autocomplete="off"
      onInput=${(event) => join(event.target.value)} /></label>`}
    <p><button type="button" disabled=${!source || !target} onClick=${done}>${t("draft.edit_add_this")}</button></p>`;
}

function Unrelate({ add }) {
  const [ci, choose] = useState(null);
  const asked = useAsk("change_relationships", { ciId: ci?.ciId ?? "", first: FIRST }, { skip: !ci, alone: true });
  return html`<${Chosen} ci=${ci} name="end" label=${t("draft.pick_end")} choose=${choose} />
    ${ci && html`<${Answered} asked=${asked}>${({ ci: found }) => html`<${Ends} found=${found} add=${add} />`}<//>`}`;
}

// those that carry impact, in both directions, and all others
function Ends({ found, add }) {
  const sides = found ? [found.providers, found.dependents, found.relationships] : [];
  const all = [...new Map(sides.flatMap((side) => side.nodes).map((each) => [each.id, each])).values()];
  const rest = sides.reduce((count, side) => count + side.totalCount - side.nodes.length, 0);
  const said = (each) => `${each.source.name} ${typeName(each.type)} ${each.target.name}`;
  return html`${!all.length && html`<p class="note">${t("draft.around_none")}</p>`}
    <ul class="plain">${all.map((each) => html`<li key=${each.id}><span>${said(each)}</span><button type="button"
      onClick=${() => add({ op: "unrelate", source: each.source.ciId, type: each.type, target: each.target.ciId },
        [each.source, each.target])}>${t("edit.end")}<span class="unseen"> ${said(each)}</span></button></li>`)}</ul>
    ${rest > 0 && html`<p class="note">${t("draft.around_rest", { count: rest })}</p>`}`;
}

function SetField({ add }) {
  const [ci, choose] = useState(null);
  const [field, pick] = useState("");
  const [value, write] = useState("");
  const fields = ci ? declared(ci.ciClass).filter(([name, each]) => !FIXED.includes(name) && !each.shorthand) : [];
  const done = () => {
    add({ op: "set", ci_id: ci.ciId, field, value: value.trim() || null }, [ci]);
    write("");
  };
  return html`<${Chosen} ci=${ci} name="set" label=${t("draft.pick_set")} choose=${choose} />
    ${ci && html`<label class="choosing"><span class="note">${t("draft.field")}</span><select value=${field}
      onChange=${(event) => pick(event.target.value)}><option value="" selected=${!field}>—</option>
      ${fields.map(([name]) => html`<option key=${name} value=${name} selected=${name === field}>
        ${fieldOf(ci.ciClass, name).name}</option>`)}</select></label>
    <label class="choosing"><span class="note">${t("draft.value")}</span><input type="text" value=${value}
      maxlength="1000" autocomplete="off" onInput=${(event) => write(event.target.value)} /></label>
    <p><button type="button" disabled=${!field} onClick=${done}>${t("draft.edit_add_this")}</button></p>`}`;
}

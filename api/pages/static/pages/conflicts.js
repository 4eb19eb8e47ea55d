// What imports left to a person: each row beside the CIs that it may be, and what can be said of it.
import { own } from "../base.js";
import { ask } from "../ask.js";
import { Failed, More, Panel, useSome } from "../common.js";
import { html, useRef, useState } from "../dom.js";
import { addressOf } from "../router.js";
import { number, t, time } from "../texts.js";
import { className, fieldOf } from "../words.js";

const BESIDE = 4; // candidates shown at once
const OWN = { name: "name", ci_class: "ciClass", status: "status" }; // fields that a CI has by itself

// How many wait, in words: a group that would break is no row.
export function waiting({ totalCount, nodes }) {
  const rows = nodes.every((each) => each.kind === "IDENTITY") && nodes.length === totalCount;
  return t(rows ? "decide.rows_wait" : "decide.all_wait", { count: totalCount });
}

// `may`: whether whoever reads it may decide.
export function Conflicts({ found, more, again, may }) {
  const [state, set] = useState({});
  const told = useRef(null);
  const say = async (conflict, said, words) => {
    set({ going: true });
    try {
      const variables = { answer: null, ciId: null, conflict: conflict.id, expectedRevision: conflict.lastRevision };
      const { resolveConflict } = await ask("resolve_conflict", { ...variables, ...said });
      set(resolveConflict.message ? { failed: resolveConflict.message } : { words });
    } catch (failure) {
      set({ failed: failure.message });
    }
    // the button that was pressed goes away with its conflict
    told.current?.focus({ preventScroll: true });
    again();
  };
  const { open, resolved } = found;
  if (!open.totalCount && !resolved.totalCount && !state.words && !state.failed) return null;
  return html`<${Panel} title=${t("decide.title")} note=${number(open.totalCount)} class="flush">
    <div class="said" tabindex="-1" ref=${told}>
      <p role="status" class="note">${state.words ?? ""}</p>
      ${state.failed && html`<${Failed} failure=${{ message: state.failed }} />`}</div>
    <ul class="rows">${open.nodes.map((each) => html`<${Conflict} key=${each.id} conflict=${each}
      going=${state.going} say=${say} may=${may} />`)}</ul>
    ${more ? html`<${More} count=${open.totalCount - open.nodes.length} onClick=${more} />`
      : open.totalCount > open.nodes.length && html`<p class="note">${t("pages.listed_first",
        { shown: open.nodes.length, count: open.totalCount })}</p>`}
    ${resolved.totalCount > 0 && html`<${Decided} resolved=${resolved} going=${state.going} say=${say} may=${may} />`}
  <//>`;
}

function Conflict({ conflict, going, say, may }) {
  const place = [conflict.file, conflict.line].filter((part) => part !== null).join(":");
  return html`<li class="conflict">
    <div class="line"><h3>${conflict.ciId}</h3> <span class="note">${conflict.source}</span>
      <span class="right note id">${place}</span></div>
    <p>${conflict.message}</p>
    ${conflict.kind === "IDENTITY" ? html`<${Choice} conflict=${conflict} going=${going} say=${say} may=${may} />`
      : html`<p class="note">${t("decide.edit_group")}</p>`}
  </li>`;
}

function Choice({ conflict, going, say, may }) {
  const [shown, others] = useSome(conflict.candidates, BESIDE);
  const { given, ciId, source } = conflict;
  const fields = Object.keys(given);
  const rules = new Set(conflict.matches.flatMap((each) => each.rule));
  const listed = conflict.matches.every((each) => each.count <= 20);
  return html`<div class="scroll"><table class="small beside">
    <caption class="unseen">${t("decide.beside", { ci_id: ciId })}</caption>
    <thead><tr><td></td><th scope="col">${t("decide.row")} <span class="id">${ciId}</span></th>
      ${shown.map((each) => html`<th key=${each.ciId} scope="col">
        ${each.ci && html`<a href=${addressOf(each.ciId)}>${each.ci.name}</a> `}<span class="id">${each.ciId}</span>
        </th>`)}</tr></thead>
    <tbody>${fields.map((name) => html`<tr key=${name}><th scope="row">${labelOf(given.ci_class, name)}
      ${rules.has(name) && html` <span class="tag">${t("decide.identifies")}</span>`}</th>
      <td>${textOf(name, given[name])}</td>
      ${shown.map((each) => html`<td key=${each.ciId}><${Other} name=${name} given=${given[name]}
        ci=${each.ci} /></td>`)}</tr>`)}</tbody>
    ${may && html`<tfoot><tr><td></td><td><button type="button" disabled=${going || !listed} onClick=${() => say(conflict,
      { answer: "DISTINCT" }, t("decide.said_distinct", { ci_id: ciId, source }))}>${t("decide.distinct")}
      <span class="unseen"> ${ciId}</span></button>
      ${!listed && html`<p class="note">${t("decide.too_many")}</p>`}</td>
      ${shown.map((each) => html`<td key=${each.ciId}>${each.hasRow || !each.ci
        ? html`<span class="note">${t(each.hasRow ? "decide.own_row" : "decide.not_there")}</span>`
        : html`<button type="button" disabled=${going} onClick=${() => say(conflict, { answer: "SAME",
          ciId: each.ciId }, t("decide.said_same", { ci_id: ciId, other: each.ciId, source }))}>${t("decide.same")}
          <span class="unseen"> ${each.ciId}</span></button>`}</td>`)}</tr></tfoot>`}
  </table></div>${others}`;
}

const labelOf = (ciClass, name) => (Object.hasOwn(OWN, name) ? t(`decide.field_${name}`) : fieldOf(ciClass, name).name);
const textOf = (name, value) => (name === "ci_class" ? className(value) : value);

// What another CI has in a field; whether it differs is said and not only seen.
function Other({ name, given, ci }) {
  if (!ci) return html`<span class="note">–</span>`;
  const found = Object.hasOwn(OWN, name) ? ci[OWN[name]] : own(ci.attributes, name);
  if (found === undefined || found === null) return html`<span class="note">–</span>`;
  const text = Array.isArray(found) ? found.join("|") : String(found);
  return html`${textOf(name, text)} ${text === given && html`<span class="note">${t("decide.alike")}</span>`}`;
}

function Decided({ resolved, going, say, may }) {
  return html`<details class="decided"><summary>${t("decide.decided", { count: resolved.totalCount })}</summary>
    <ul class="rows">${resolved.nodes.map((each) => html`<li key=${each.id}><div class="line">
      <span>${saidOf(each)}</span>
      ${each.decision && html`<span class="note">${t("decide.by", { actor: each.decision.actor,
        at: time(each.decision.at) })}</span>`}
      ${may && html`<span class="right"><button type="button" disabled=${going} onClick=${() => say(each, {},
        t("decide.said_back", { ci_id: each.ciId, source: each.source }))}>${t("decide.back")}
        <span class="unseen"> ${each.ciId}</span></button></span>`}</div></li>`)}</ul>
    ${resolved.totalCount > resolved.nodes.length && html`<p class="note">${t("pages.listed_first",
      { shown: resolved.nodes.length, count: resolved.totalCount })}</p>`}</details>`;
}

function saidOf({ ciId, source, decision }) {
  const others = decision?.ciIds.join(t("impact.comma")) ?? "";
  return t(decision?.answer === "SAME" ? "decide.is_same" : "decide.is_distinct", { ci_id: ciId, source, others });
}

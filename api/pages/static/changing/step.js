// A step of a change as a form: it asks for what the life cycle says that it needs, and keeps what was typed until it is
// taken.
import { html, useLayoutEffect, useRef, useState } from "../dom.js";
import { addressed, momentOf } from "../moments.js";
import { statusName, verdictName } from "../pages/change_words.js";
import { editAddress } from "../router.js";
import { Mark } from "../states.js";
import { t } from "../texts.js";
import { recordType } from "../words.js";
import { needName } from "./needs.js";

// fields that may come with a step; what else is missing is written in the form of the change
const PAPERS = ["implementation_plan", "failure_plan", "back_out_plan", "test_evidence", "assessment", "template",
  "post_implementation_review", "actual_start", "actual_end", "attempts", "releases", "problems"];
const WHOLE = "note"; // the part that keeps an assessment which somebody wrote as one text

const partOf = (need) => need.split("|").find((one) => PAPERS.includes(one.split(".")[0])) ?? null;

// Of what a step lacks, what does not come with it.
export const elsewhere = (step) => step.missing.filter((need) => !partOf(need));

function valueOf(change, name) {
  const [field, part] = name.split(".");
  const kept = field === "assessment" ? change.assessment : change.record[field];
  if (part) return kept && typeof kept === "object" ? kept[part] ?? "" : "";
  if (kept === null || kept === undefined) return "";
  if (recordType("changes", field) === "time") return addressed(Date.parse(kept)).slice(0, 16);
  return Array.isArray(kept) ? kept.join(", ") : kept;
}

// [{name, value}] of what it asks for; a table that is there already is not asked for as one text.
const askedBy = (step, change) => step.needs.map(partOf).filter(Boolean)
  .map((name) => ({ name, value: valueOf(change, name) })).filter(({ value }) => typeof value !== "object");

// What was typed as the papers of the step.
function papersOf(change, asked, typed) {
  const found = {};
  for (const { name, value } of asked) {
    const [field, part] = name.split(".");
    const text = (typed[name] ?? value).trim();
    if (part) {
      const kept = change.assessment && typeof change.assessment === "object" ? change.assessment
        : change.assessment ? { [WHOLE]: change.assessment } : {};
      found[field] = { ...kept, ...found[field], [part]: text };
    } else if (text !== value) {
      const type = recordType("changes", field);
      found[field] = type === "time" ? addressed(momentOf(text)) : type === "ids"
        ? text.split(/[\s,，、|;；]+/).filter(Boolean) : text;
    }
  }
  return Object.keys(found).length ? found : null;
}

// [{key, name}] of the groups of its edits, as `done` takes them.
const groupsOf = (change) => (Array.isArray(change.edits) ? change.edits : []).map((each, at) => (each.group
  ? { key: each.group, name: each.group } : { key: `edits[${at}]`, name: `edits[${at}]` }));

// `take(step, {papers, done, confirmDependents})` gives the answer, or null where there was none.
// `warning`: what stands against it, said once more before it is taken.
export function Step({ step, change, going, take, warning }) {
  const [isOpen, open] = useState(null);
  const [typed, write] = useState({});
  const [done, mark] = useState([]);
  const [dependents, told] = useState(null); // what the server says of those that would still rest on what is retired
  const [isSure, sure] = useState(false);
  const [wrong, refuse] = useState({});
  const first = useRef(null);
  useLayoutEffect(() => {
    if (isOpen !== null) (first.current?.querySelector("input, textarea") ?? first.current)?.focus();
  }, [isOpen]);
  const asked = askedBy(step, change);
  const groups = step.applies === "named" ? groupsOf(change) : [];
  const hasFields = asked.length > 0 || groups.length > 0;
  if (!isOpen) return html`<button type="button" ref=${first} disabled=${going} onClick=${() => open(true)}>
    ${step.name}</button>`;
  const send = async (event) => {
    event.preventDefault();
    const lacking = Object.fromEntries(asked.map(({ name, value }) => [name, wrongWith(name, (typed[name] ?? value).trim())])
      .filter(([, why]) => why));
    refuse(lacking);
    const [worst] = Object.keys(lacking);
    if (worst) return document.getElementById(idOf(step, worst))?.focus();
    const answer = await take(step, { papers: papersOf(change, asked, typed),
      done: step.applies === "named" ? done : null, confirmDependents: isSure });
    if (answer && !answer.message) open(null); // the focus stays with what was said
    else if (answer?.key === "change.dependents_left") told(answer.message);
    return undefined;
  };
  return html`<form class="sure ${hasFields ? "asks" : ""}" novalidate onSubmit=${send} aria-label=${step.name}>
    ${warning && html`<p class="warning"><${Mark} state="OUTAGE" word=${verdictName("block")} /> ${warning}</p>`}
    <span>${step.to ? t("rfc.step_sure", { step: step.name, status: statusName(step.to) })
      : t("rfc.step_sure_stays", { step: step.name })}</span>
    ${hasFields && html`<div class="form" ref=${first}>${asked.map(({ name, value }) => html`<${Field} key=${name} name=${name}
      id=${idOf(step, name)} value=${typed[name] ?? value} wrong=${wrong[name]}
      write=${(text) => write((old) => ({ ...old, [name]: text }))} />`)}
      ${groups.length > 0 && html`<fieldset class="field"><legend>${t("draft.groups_done")}</legend>
        ${groups.map((each) => html`<label key=${each.key} class="tick"><input type="checkbox"
          checked=${done.includes(each.key)} onChange=${(event) => mark((old) => (event.target.checked
            ? [...old, each.key] : old.filter((one) => one !== each.key)))} /> ${each.name}</label>`)}</fieldset>`}</div>`}
    ${dependents && html`<div class="refused"><p>${dependents}</p><label class="tick"><input type="checkbox"
      checked=${isSure} onChange=${(event) => sure(event.target.checked)} /> ${t("draft.confirm_dependents")}</label></div>`}
    <span class="actions"><button type="submit" ref=${hasFields ? undefined : first} disabled=${going}>${t("rfc.yes", { step: step.name })}</button>
    <button type="button" onClick=${() => open(false)}>${t("rfc.no")}</button></span></form>`;
}

const idOf = (step, name) => `step-${step.id}-${name}`;

function wrongWith(name, text) {
  if (!text) return t("draft.wrong_empty");
  return recordType("changes", name) === "time" && momentOf(text) === null ? t("rfc.trial_moment") : null;
}

function Field({ id, name, value, wrong, write }) {
  const type = recordType("changes", name.split(".")[0]);
  const given = { id, value, "aria-invalid": wrong ? "true" : undefined,
    "aria-describedby": wrong ? `${id}-wrong` : undefined, onInput: (event) => write(event.target.value) };
  return html`<div class="field"><label for=${id}>${needName(name)}</label><div class="entry">
    ${type === "time" ? html`<input type="datetime-local" ...${given} />` : type === "ids"
      ? html`<input type="text" maxlength="2000" autocomplete="off" ...${given} />`
      : html`<textarea rows="2" maxlength="10000" ...${given} />`}
    ${wrong && html`<p class="wrong" id="${id}-wrong">${wrong}</p>`}</div></div>`;
}

// A step that cannot be taken: why, and where what is missing is written.
export function Closed({ step, change }) {
  const others = elsewhere(step);
  const why = [step.whyNot, step.missing.length && t("rfc.step_needs", { papers: step.missing.map(needName)
    .join(t("impact.comma")) })].filter(Boolean).join(t("impact.comma"));
  return html`<li>${t("rfc.step_closed", { step: step.name, why })}${step.allowed && others.some((each) => each !== "decision")
    && html` <a href=${editAddress(change.changeId)}>${t("draft.edit")}</a>`}</li>`;
}

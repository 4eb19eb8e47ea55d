// The fields of a CI as its class declares them: each by its type, with what it may be and where its value comes from.
import { own } from "../base.js";
import { Panel } from "../common.js";
import { html, useState } from "../dom.js";
import { addressOf } from "../router.js";
import { Search } from "../search.js";
import { number, t } from "../texts.js";
import { choiceName, declared, shorthands } from "../words.js";
import { has, pointed, textOf } from "./sheet.js";

const HINTS = ["duration", "time", "date", "clock", "cis", "ids", "zone"];

// [name, field] in the order of the form: what has a value or is of this class alone, and then all others
function sorted(base) {
  const known = declared(base.ciClass).filter(([name]) => name !== "ci_class" && pointed(base, name) !== undefined);
  const names = new Set(declared(base.ciClass).map(([name]) => name));
  const extra = Object.keys(base.attributes).filter((name) => !names.has(name)).map((name) => [name, { type: "text" }]);
  const isFirst = ([name, field]) => field.required || name === "status" || (shorthands()[name]
    ? pointed(base, name) : textOf(base, name, field.type) !== "");
  return [[...known.filter(isFirst), ...extra], known.filter((each) => !isFirst(each))];
}

export function Fields({ base, sheet, errors, change }) {
  const [first, others] = sorted(base);
  const touchedOthers = others.some(([name]) => has(sheet.fields, name) || errors.has(`field-${name}`));
  const all = (some) => html`<div class="form">${some.map(([name, field]) => html`<${FieldRow} key=${name} base=${base}
    sheet=${sheet} name=${name} field=${field} error=${errors.get(`field-${name}`)} change=${change} />`)}</div>`;
  return html`<${Panel} title=${t("edit.fields")} note=${t("edit.fields_note")}>
    ${all(first)}
    ${others.length > 0 && html`<details open=${touchedOthers}><summary>
      ${t("edit.fields_more", { count: others.length })}</summary>${all(others)}</details>`}
  <//>`;
}

function FieldRow({ base, sheet, name, field, error, change }) {
  const id = `field-${name}`;
  const was = shorthands()[name] ? pointed(base, name)?.target ?? null : textOf(base, name, field.type);
  const isTouched = has(sheet.fields, name);
  const now = isTouched ? sheet.fields[name] : was;
  const set = (value) => change((old) => {
    const { [name]: _, ...fields } = old.fields;
    const back = shorthands()[name] ? (value?.ciId ?? null) === (was?.ciId ?? null) : value === was;
    return { ...old, fields: back ? fields : { ...fields, [name]: value } };
  });
  const hint = hintOf(field);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const given = { id, "aria-describedby": described, "aria-invalid": error ? "true" : undefined };
  const source = own(base.sources, name) ?? base.sources["*"];
  const valued = was !== "" && was !== null;
  const aside = own(sheet.aside, name);
  return html`<div class="field ${isTouched ? "touched" : ""}">
    <label for=${id}>${labelOf(name, field)}${field.required && html`<span class="note"> ${t("edit.required")}</span>`}
    </label>
    <div class="entry"><${Control} field=${field} name=${name} value=${now} set=${set} given=${given} />
      ${hint && html`<p class="note" id="${id}-hint">${hint}</p>`}
      ${error && html`<p class="wrong" id="${id}-error">${error}</p>`}
      ${isTouched ? html`<p class="note">${t("edit.was", { value: wordsOf(name, field, was) })}${" "}
        <button type="button" class="link" aria-label=${`${t("edit.back")} ${labelOf(name, field)}`}
          onClick=${() => set(was)}>${t("edit.back")}</button></p>`
      : valued && source && !shorthands()[name] && html`<p class="note">${t("edit.source", { source })}</p>`}
      ${aside !== undefined && html`<p class="note">${t("edit.aside", { value: wordsOf(name, field, aside) })}${" "}
        <button type="button" class="link" onClick=${() => change((old) => {
          const { [name]: mine, ...rest } = old.aside;
          return { ...old, aside: rest, fields: { ...old.fields, [name]: mine } };
        })}>${t("edit.aside_back")}</button></p>`}
    </div>
  </div>`;
}

export const labelOf = (name, field) => field?.[document.documentElement.lang] ?? name;

function wordsOf(name, field, value) {
  if (value === null || value === "" || value === undefined) return t("edit.nothing");
  if (typeof value === "object") return value.name;
  return field.choices ? choiceName(name, value) : value;
}

function hintOf(field) {
  if (field.min !== undefined || field.max !== undefined) {
    return t("edit.hint_between", { low: number(field.min ?? 0, 6), high: number(field.max, 6) });
  }
  return HINTS.includes(field.type) ? t(`edit.hint_${field.type}`) : "";
}

function Control({ field, name, value, set, given }) {
  if (field.shorthand) return html`<${Pointer} value=${value} set=${set} given=${given} name=${name} />`;
  if (field.choices || field.type === "boolean") {
    const choices = field.choices ?? ["true", "false"];
    return html`<select ...${given} value=${value} onChange=${(event) => set(event.target.value)}>
      ${name !== "status" && html`<option value="" selected=${value === ""}>${t("edit.nothing")}</option>`}
      ${[...choices, ...(value && !choices.includes(value) ? [value] : [])].map((one) => html`<option key=${one}
        value=${one} selected=${one === value}>${choiceName(name, one)}</option>`)}
    </select>`;
  }
  const numeric = field.type === "integer" || field.type === "number";
  if (String(value).length > 100 || name === "description") {
    return html`<textarea ...${given} rows="3" value=${value} onInput=${(event) => set(event.target.value)} />`;
  }
  return html`<input ...${given} type="text" autocomplete="off" spellcheck=${false} value=${value}
    inputmode=${numeric ? "decimal" : undefined} onInput=${(event) => set(event.target.value)} />`;
}

// a field that names a CI: who it is, and another one by search
function Pointer({ value, set, given, name }) {
  const [choosing, choose] = useState(false);
  if (choosing) {
    return html`<div class="pointer"><${Search} name=${given.id} label=${t("edit.search")} start=${true}
      onChosen=${(ci) => { choose(false); set({ ciId: ci.ciId, name: ci.name }); }} />
      <button type="button" onClick=${() => choose(false)}>${t("edit.cancel")}</button></div>`;
  }
  return html`<div class="pointer"><span>${value ? html`<a href=${addressOf(value.ciId)}>${value.name}</a>`
    : t("edit.nothing")}</span>
    <button type="button" ...${given} data-name=${name} onClick=${() => choose(true)}>${t("edit.choose")}</button>
    ${value && html`<button type="button" onClick=${() => set(null)}>${t("edit.clear")}</button>`}</div>`;
}

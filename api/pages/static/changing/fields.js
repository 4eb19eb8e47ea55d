// The plain fields of a change in its form, each with what is wrong with it below.
import { Panel } from "../common.js";
import { html } from "../dom.js";
import { t } from "../texts.js";
import { recordField } from "../words.js";
import { PAPERS } from "./draft.js";

const ZONES = Intl.supportedValuesOf?.("timeZone") ?? [];

// `put(name, value)`; `errors`: {field: sentence}.
export function Fields({ draft, put, errors, categories }) {
  const category = categories.find((each) => each.id === draft.category);
  const given = { draft, put, errors };
  return html`<${Panel} title=${t("draft.what")}><div class="form">
      <${Line} ...${given} name="title" label=${recordField("changes", "title")} required most="500" />
      <${Row} name="category" label=${recordField("changes", "category")} error=${errors.category}
        hint=${category && t(`draft.decided_${category.decided}`, { voices: category.voices })} required>${(described) => html`
        <select id="draft-category" ...${described} value=${draft.category}
          onChange=${(event) => put("category", event.target.value)}>
          <option value="" selected=${!draft.category}>${t("draft.choose")}</option>
          ${categories.map((each) => html`<option key=${each.id} value=${each.id} selected=${each.id === draft.category}>
            ${each.name}</option>`)}</select>`}<//>
      ${(category?.decided === "template" || draft.template) && html`<${Line} ...${given} name="template"
        label=${recordField("changes", "template")} most="200" />`}
      <${Line} ...${given} name="team" label=${recordField("changes", "team")} most="200" />
    </div><//>
    <${Panel} title=${t("draft.window")} note=${draft.zone}><div class="form">
      <${Line} ...${given} name="start" label=${recordField("changes", "planned_start")} type="datetime-local" />
      <${Line} ...${given} name="end" label=${recordField("changes", "planned_end")} type="datetime-local" />
      <${Line} ...${given} name="zone" label=${recordField("changes", "zone")} most="60" list="zones" />
      <${Line} ...${given} name="back_out_time" label=${recordField("changes", "back_out_time")} most="60"
        hint=${t("draft.hint_back_out_time")} />
      <datalist id="zones">${ZONES.map((zone) => html`<option key=${zone} value=${zone} />`)}</datalist>
    </div><//>`;
}

export function Papers({ draft, put, errors }) {
  return html`<${Panel} title=${t("draft.papers")} note=${t("draft.papers_note")}><div class="form">
    ${Object.keys(PAPERS).map((name) => html`<${Row} key=${name} name=${name} label=${recordField("changes", name)}
      error=${errors[name]} hint=${name === "test_evidence" && t("draft.hint_ids")}>${(described) => html`<textarea
        id="draft-${name}" ...${described} rows="2" maxlength="10000" value=${draft[name]}
        onInput=${(event) => put(name, event.target.value)} />`}<//>`)}
  </div><//>`;
}

const Line = ({ draft, put, errors, name, label, required = false, type = "text", most, list, hint }) => html`<${Row} name=${name}
  label=${label} error=${errors[name]} hint=${hint} required=${required}>${(described) => html`<input id="draft-${name}" type=${type}
    ...${described} value=${draft[name]} maxlength=${most} list=${list} autocomplete="off"
    onInput=${(event) => put(name, event.target.value)} />`}<//>`;

function Row({ name, label, error, hint, required = false, children }) {
  const described = [hint && `draft-${name}-hint`, error && `draft-${name}-error`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field"><label for="draft-${name}">${label}${required && html`<span class="note">
    ${" "}${t("edit.required")}</span>`}</label>
    <div class="entry">${children({ "aria-describedby": described, "aria-invalid": error ? "true" : undefined })}
      ${hint && html`<p class="note" id="draft-${name}-hint">${hint}</p>`}
      ${error && html`<p class="wrong" id="draft-${name}-error">${error}</p>`}</div></div>`;
}

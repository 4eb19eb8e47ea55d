// Roles and scopes, as words and as fields.
import { html, useState } from "../dom.js";
import { Search } from "../search.js";
import { t } from "../texts.js";
import { className, classes, environments } from "../words.js";

const KINDS = ["ciClass", "environment", "site", "owner"];
const CHOICES = { ciClass: classes, environment: environments }; // of the others, CIs are searched for

export const noScopes = () => Object.fromEntries(KINDS.map((kind) => [kind, []]));
export const kindSaid = (kind) => t(`admin.scope_${kind === "ciClass" ? "class" : kind}`);
export const valueSaid = (kind, value) => (kind === "ciClass" ? className(value) : value);

// [kind, values in words] of each kind that limits
export const scopesSaid = (scopes) => KINDS.filter((kind) => scopes[kind]?.length).map((kind) => [kind,
  scopes[kind].map((value) => valueSaid(kind, value)).join(t("impact.comma"))]);

// As the API takes them: a kind without values is left out, for an empty one would say neither all nor none.
export const scopesGiven = (scopes) => Object.fromEntries(KINDS.filter((kind) => scopes[kind].length).map((kind) => [kind,
  scopes[kind]]));

export function Scopes({ scopes }) {
  const said = scopesSaid(scopes);
  if (!said.length) return html`<span class="note">${t("admin.sees_all")}</span>`;
  return html`<span class="note">${t("admin.sees")}</span>${said.map(([kind, values]) => html`<span key=${kind} class="tag">
    <span class="note">${kindSaid(kind)}</span> ${values}</span>`)}`;
}

export function RoleFields({ all, given, change, fixed = [], name }) {
  const turn = (role) => change(given.includes(role) ? given.filter((each) => each !== role) : all.filter((each) =>
    each === role || given.includes(each)));
  return html`<fieldset class="roles"><legend>${t("admin.roles")}</legend>
    ${all.map((role) => html`<label key=${role}><input type="checkbox" name=${`${name}-role`} value=${role}
      checked=${given.includes(role)} disabled=${fixed.includes(role)} onChange=${() => turn(role)} />
      <span><code>${role}</code> <span class="note">${t(`admin.role_${role}`)}</span></span></label>`)}
  </fieldset>`;
}

// Tools as which it writes their changes; none of their names holds a blank.
export const toolsGiven = (text) => text.split(/[\s,，、;；]+/).filter(Boolean);

export function Tools({ origins }) {
  if (!origins.length) return null;
  return html`<span class="note">${t("admin.tools_is")}</span>${origins.map((tool) => html`<code key=${tool} class="tag">
    ${tool}</code>`)}`;
}

export function ToolField({ text, change, name }) {
  return html`<label class="field"><span>${t("admin.tools")}</span><input type="text" name=${`${name}-tools`}
    autocomplete="off" spellcheck=${false} value=${text} onInput=${(event) => change(event.target.value)} />
    </label><p class="note">${t("admin.tools_note")}</p>`;
}

export function ScopeFields({ scopes, change, name }) {
  const put = (kind, values) => change({ ...scopes, [kind]: values });
  return html`<fieldset class="scopes"><legend>${t("admin.scopes")}</legend>
    <p class="note">${t("admin.scopes_note")}</p>
    ${KINDS.map((kind) => html`<div key=${kind} class="scope">
      <span>${kindSaid(kind)}</span>
      ${scopes[kind].length > 0 && html`<ul class="chips">${scopes[kind].map((value) => html`<li key=${value}>
        ${valueSaid(kind, value)} <button type="button"
          aria-label=${t("admin.scope_without", { value: valueSaid(kind, value) })}
          onClick=${() => put(kind, scopes[kind].filter((each) => each !== value))}>×</button></li>`)}</ul>`}
      <${Adder} kind=${kind} name=${`${name}-${kind}`} taken=${scopes[kind]}
        add=${(value) => put(kind, [...scopes[kind].filter((each) => each !== value), value])} />
    </div>`)}
    ${scopesSaid(scopes).length > 0 && html`<p class="note">${t("admin.scopes_take")}</p>`}
  </fieldset>`;
}

function Adder({ kind, name, taken, add }) {
  const [, renew] = useState(0);
  const label = t("admin.scope_add", { kind: kindSaid(kind) });
  if (!CHOICES[kind]) return html`<${Search} name=${name} label=${label} onChosen=${(ci) => add(ci.ciId)} />`;
  const choose = (event) => {
    if (event.target.value) add(event.target.value);
    event.target.value = "";
    renew((count) => count + 1);
  };
  const left = CHOICES[kind]().filter((value) => !taken.includes(value));
  return html`<select aria-label=${label} value="" onChange=${choose}><option value="">${t("admin.add")}</option>
    ${left.map((value) => html`<option key=${value} value=${value}>${valueSaid(kind, value)}</option>`)}</select>`;
}

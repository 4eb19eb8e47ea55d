// One principal: what it may, when it last came, and what can be done about it.
import { html, useRef, useState } from "../dom.js";
import { t, time } from "../texts.js";
import { Refusal, Sure, useChange } from "./changing.js";
import { RoleFields, ScopeFields, Scopes, ToolField, Tools, scopesGiven, toolsGiven } from "./rights.js";
import { Tokens, isSoon, isValid } from "./tokens.js";

export function Principal({ one, me, tell, renew, issued }) {
  const [open, set] = useState("");
  const [said, say] = useState("");
  const status = useRef(null);
  const [disable, waiting, refused] = useChange("disable_principal", "disablePrincipal");
  const [remove, removing, unremoved] = useChange("delete_principal", "deletePrincipal");
  const own = one.id === me.id;
  const here = (text) => {
    say(text);
    status.current?.focus({ preventScroll: true });
    renew();
  };
  const turn = (what) => () => set(open === what ? "" : what);
  const keepOut = async () => {
    const done = await disable({ principal: one.id, disabled: !one.disabled });
    if (!done) return;
    say(t(done.disabled ? "access.disabled" : "access.enabled", { name: one.name }));
    renew();
  };
  return html`<li class="principal">
    <div class="line"><strong>${one.name}</strong><${Tags} one=${one} own=${own} />
      <span class="right note"><${Used} one=${one} /></span></div>
    <div class="line"><${Scopes} scopes=${one.scopes} /><${Tools} origins=${one.origins} /></div>
    <div class="actions">
      <button type="button" aria-expanded=${open === "tokens"} onClick=${turn("tokens")}>
        ${t("admin.tokens", { count: one.tokens.filter(isValid).length })}</button>
      <button type="button" aria-expanded=${open === "rights"} onClick=${turn("rights")}>${t("admin.rights")}</button>
      ${own ? html`<span class="note">${t("admin.own")}</span>` : html`
        <button type="button" disabled=${waiting} onClick=${keepOut}>
          ${t(one.disabled ? "admin.enable" : "admin.disable")}</button>
        <${Sure} label=${t("admin.delete")} sure=${t("admin.delete_sure")} waiting=${removing}
          question=${t("admin.delete_question", { name: one.name })} run=${async () => {
            if (!(await remove({ principal: one.id }))) return false;
            tell(t("access.deleted", { name: one.name }));
            return true;
          }} />`}
    </div>
    <p role="status" class="done" tabindex="-1" ref=${status}>${said}</p>
    ${(refused || unremoved) && html`<${Refusal}>${refused ?? unremoved}<//>`}
    ${open === "tokens" && html`<${Tokens} one=${one} me=${me} tell=${here} issued=${issued} />`}
    ${open === "rights" && html`<${Rights} one=${one} me=${me} own=${own} done=${() => {
      set("");
      here(t("admin.changed", { name: one.name }));
    }} />`}
  </li>`;
}

function Tags({ one, own }) {
  const without = !one.elsewhere && !one.tokens.some(isValid);
  return html`${own && html`<span class="tag">${t("admin.you")}</span>`}
    ${one.roles.map((role) => html`<code key=${role} class="tag">${role}</code>`)}
    ${one.elsewhere && html`<span class="tag">${t("admin.elsewhere")}</span>`}
    ${one.disabled && html`<span class="tag outage">${t("access.state_disabled")}</span>`}
    ${without && html`<span class="tag at_risk">${t("admin.without")}</span>`}
    ${!one.disabled && one.tokens.some(isSoon) && html`<span class="tag at_risk">${t("admin.soon")}</span>`}`;
}

function Used({ one }) {
  const last = one.tokens.map((each) => each.usedAt).filter(Boolean).sort().pop();
  return last ? html`${t("admin.used", { at: time(last) })}` : t("admin.unused");
}

const isSame = (some, others) => JSON.stringify(some) === JSON.stringify(others);

// What one may not take from oneself, and what a provider says, is not offered.
function Rights({ one, me, own, done }) {
  const [was] = useState(one);
  const [roles, give] = useState(one.roles);
  const [scopes, limit] = useState(one.scopes);
  const [tools, write] = useState(one.origins.join(", "));
  const [change, waiting, refused] = useChange("change_principal", "changePrincipal");
  const fixed = one.elsewhere ? me.roles : own ? ["admin"] : [];
  const send = async (event) => {
    event.preventDefault();
    // what was left as it was stays as it is, also where somebody else has changed it meanwhile
    const input = { principal: one.id, roles: isSame(roles, was.roles) ? null : roles,
      scopes: isSame(scopes, was.scopes) ? null : scopesGiven(scopes),
      origins: isSame(toolsGiven(tools), was.origins) ? null : toolsGiven(tools) };
    if (await change(input)) done();
  };
  return html`<form class="inset" onSubmit=${send}>
    <${RoleFields} name=${one.id} all=${me.roles} given=${roles} change=${give} fixed=${fixed} />
    ${one.elsewhere && html`<p class="note">${t("admin.roles_elsewhere")}</p>`}
    ${own ? html`<p class="note">${t("admin.own_rights")}</p>` : html`<${ScopeFields} name=${one.id} scopes=${scopes}
      change=${limit} />`}
    <${ToolField} name=${one.id} text=${tools} change=${write} />
    ${refused && html`<${Refusal}>${refused}<//>`}
    <p class="actions"><button type="submit" class="primary" disabled=${waiting || !roles.length}>
      ${t("admin.change")}</button></p>
  </form>`;
}

// A new principal with its first token.
import { Panel } from "../common.js";
import { html, useState } from "../dom.js";
import { t } from "../texts.js";
import { Refusal, useChange } from "./changing.js";
import { RoleFields, ScopeFields, ToolField, noScopes, scopesGiven, toolsGiven } from "./rights.js";
import { LIFETIME, Lifetime } from "./tokens.js";

const ROLES = ["viewer"]; // where nothing else is chosen: the least

export function Name({ value, change }) {
  return html`<label class="field"><span>${t("admin.name")}</span><input type="text" name="name" required
    maxlength="100" autocomplete="off" spellcheck=${false} value=${value}
    onInput=${(event) => change(event.target.value)} /></label>`;
}

export function Create({ me, done }) {
  const [name, call] = useState("");
  const [roles, give] = useState(ROLES);
  const [scopes, limit] = useState(noScopes());
  const [tools, write] = useState("");
  const [lifetime, choose] = useState(LIFETIME);
  const [create, waiting, refused] = useChange("create_principal", "createPrincipal");
  const send = async (event) => {
    event.preventDefault();
    const made = await create({ name, roles, scopes: scopesGiven(scopes), origins: toolsGiven(tools),
      expires: lifetime });
    if (!made) return;
    done({ name: name.trim(), secret: made.secret });
    call("");
    give(ROLES);
    limit(noScopes());
    write("");
  };
  return html`<${Panel} title=${t("admin.create")}><form class="fields" onSubmit=${send}>
    <${Name} value=${name} change=${call} />
    <p class="note">${t("admin.name_note")}</p>
    <${RoleFields} name="new" all=${me.roles} given=${roles} change=${give} />
    <${ScopeFields} name="new" scopes=${scopes} change=${limit} />
    <${ToolField} name="new" text=${tools} change=${write} />
    <${Lifetime} name="new" value=${lifetime} change=${choose} />
    ${refused && html`<${Refusal}>${refused}<//>`}
    <p class="actions"><button type="submit" class="primary" disabled=${waiting || !name.trim() || !roles.length}>
      ${t("admin.create_do")}</button></p>
  </form><//>`;
}

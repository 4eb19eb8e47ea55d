// Local mode: nobody is asked who they are. What the first principal changes, and making it.
import { Panel, Sentence } from "../common.js";
import { html, useState } from "../dom.js";
import { t } from "../texts.js";
import { Refusal, useChange } from "./changing.js";
import { Name } from "./create.js";
import { LIFETIME, Lifetime } from "./tokens.js";

const CHANGES = ["needs_token", "no_way_back", "is_admin", "lost"];

export function Local({ moved, me, done }) {
  const [name, call] = useState("");
  const [lifetime, choose] = useState(LIFETIME);
  const [known, know] = useState(false);
  const [create, waiting, refused] = useChange("create_principal", "createPrincipal");
  const send = async (event) => {
    event.preventDefault();
    const made = await create({ name, roles: ["admin"], expires: lifetime });
    if (!made) return;
    done({ name: name.trim(), secret: made.secret, session: await signsIn(made.secret) });
  };
  return html`<${Sentence} moved=${moved} note=${t("admin.local_note", { actor: me.actor })}>${t("admin.local")}<//>
    <div class="columns"><div><${Panel} title=${t("admin.first")}>
      <ul class="warned">${CHANGES.map((each) => html`<li key=${each}>${t(`admin.first_${each}`)}</li>`)}</ul>
      <form class="fields" onSubmit=${send}>
        <${Name} value=${name} change=${call} />
        <${Lifetime} name="first" value=${lifetime} change=${choose} />
        <label class="check"><input type="checkbox" checked=${known} onChange=${() => know(!known)} />
          <span>${t("admin.first_known")}</span></label>
        ${refused && html`<${Refusal}>${refused}<//>`}
        <p class="actions"><button type="submit" class="primary" disabled=${waiting || !known || !name.trim()}>
          ${t("admin.first_do")}</button></p>
      </form><//></div>
    <div><${Panel} title=${t("admin.first_store")}><p>${t("admin.first_store_note")}</p>
      <pre tabindex="0"><code>faultline token create --role admin --name NAME</code></pre><//></div></div>`;
}

// From the moment on that there is a principal this page, too, needs a session; it is begun with the token just made.
async function signsIn(secret) {
  try {
    const answer = await fetch("/session", { method: "POST", credentials: "same-origin",
      headers: { Authorization: `Bearer ${secret}` } });
    return answer.ok;
  } catch {
    return false;
  }
}

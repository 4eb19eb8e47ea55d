// Tokens of a principal: which there are, another one, one taken away; and a secret while it is shown.
import { html, useEffect, useRef, useState } from "../dom.js";
import { day, t, time } from "../texts.js";
import { Refusal, Sure, useChange } from "./changing.js";

const DAY = 86_400_000; // milliseconds
const SOON = 30; // days
export const LIFETIMES = ["7d", "30d", "90d", "365d", "never"];
export const LIFETIME = "90d";

// the address of a calendar: it lets nobody in
const isFeed = (token) => token.id.startsWith("flc");
const isGood = (token) => token.state === "VALID";
export const isValid = (token) => isGood(token) && !isFeed(token);
const left = (token) => (token.expiresAt ? (new Date(token.expiresAt) - Date.now()) / DAY : Infinity);
export const isSoon = (token) => isValid(token) && left(token) <= SOON;

export function Lifetime({ value, change, name }) {
  return html`<label class="field"><span>${t("admin.lifetime")}</span>
    <select name=${`${name}-lifetime`} value=${value} onChange=${(event) => change(event.target.value)}>
      ${LIFETIMES.map((each) => html`<option key=${each} value=${each} selected=${each === value}>
        ${each === "never" ? t("access.never") : t("admin.days", { count: parseInt(each, 10) })}</option>`)}
    </select></label>`;
}

// All of a new token. It stands in this element alone: no address, no storage, no answer that is kept.
export function Secret({ made, forget }) {
  const heading = useRef(null);
  const text = useRef(null);
  const [said, say] = useState("");
  useEffect(() => {
    heading.current?.focus();
    say("");
  }, [made.secret]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.secret);
      say(t("admin.copied"));
    } catch {
      // no clipboard without TLS, or it is not allowed
      getSelection().selectAllChildren(text.current);
      say(t("admin.selected"));
    }
  };
  return html`<section class="panel secret"><header><h2 tabindex="-1" ref=${heading}>
      ${t("admin.secret", { name: made.name })}</h2></header>
    <div class="inside"><p>${t("admin.secret_note")}</p>
      <p><code class="token" ref=${text} translate="no">${made.secret}</code></p>
      <p class="actions"><button type="button" class="primary" onClick=${copy}>${t("admin.copy")}</button>
        <button type="button" onClick=${forget}>${t("admin.kept")}</button>
        <span role="status" class="note">${said}</span></p></div></section>`;
}

export function Tokens({ one, me, tell, issued }) {
  const [lifetime, choose] = useState(LIFETIME);
  const [create, waiting, refused] = useChange("create_token", "createToken");
  const valid = one.tokens.filter(isGood).sort((a, b) => left(a) - left(b));
  const over = one.tokens.filter((each) => !isGood(each)).reverse();
  const own = one.id === me.id;
  const make = async () => {
    const made = await create({ principal: one.id, expires: lifetime });
    if (made) issued({ name: one.name, secret: made.secret });
  };
  return html`<div class="inset">
    ${valid.length ? html`<${Table} tokens=${valid} one=${one} me=${me} last=${own && valid.filter(isValid).length === 1}
      tell=${tell} />` : html`<p class="note">${t(one.elsewhere ? "admin.tokens_elsewhere" : "admin.tokens_none")}</p>`}
    <div class="actions"><${Lifetime} name=${one.id} value=${lifetime} change=${choose} />
      <button type="button" disabled=${waiting} onClick=${make}>${t("admin.token_create")}</button></div>
    ${refused && html`<${Refusal}>${refused}<//>`}
    ${over.length > 0 && html`<details><summary>${t("admin.tokens_over", { count: over.length })}</summary>
      <${Table} tokens=${over} one=${one} me=${me} tell=${tell} /></details>`}
  </div>`;
}

function Table({ tokens, one, me, last, tell }) {
  return html`<div class="scroll"><table class="cards"><thead><tr>
      <th>${t("access.column_token")}</th><th>${t("access.column_state")}</th>
      <th>${t("access.column_expires_at")}</th><th>${t("access.column_used_at")}</th>
      <th>${t("admin.column_made")}</th><th><span class="unseen">${t("admin.column_do")}</span></th></tr></thead>
    <tbody>${tokens.map((each) => html`<tr key=${each.id}>
      <th scope="row"><code>${each.id}</code> ${each.id === me.token && html`<span class="tag">
        ${t("admin.token_yours")}</span>`}${isFeed(each) && html`<span class="tag">${t("schedule.feed_token")}</span>`}</th>
      <td class="number" data-label=${t("access.column_state")}>${t(`access.state_${each.state.toLowerCase()}`)}</td>
      <td data-label=${t("access.column_expires_at")}><${Ends} token=${each} /></td>
      <td class="number" data-label=${t("access.column_used_at")}>${each.usedAt ? time(each.usedAt) : "—"}</td>
      <td class="number" data-label=${t("admin.column_made")}>${day(each.madeAt)}</td>
      <td>${isGood(each) && (last && !isFeed(each) ? html`<span class="note">${t("admin.token_last")}</span>`
        : html`<${Revoke} token=${each} one=${one} me=${me} tell=${tell} />`)}</td></tr>`)}</tbody></table></div>`;
}

function Ends({ token }) {
  if (!token.expiresAt) return t("access.never");
  const days = Math.max(0, Math.floor(left(token)));
  return html`<span class="number">${time(token.expiresAt)}</span> ${isSoon(token) && html`<span class="tag at_risk">
    ${t("admin.expires_in", { count: days })}</span>`}`;
}

function Revoke({ token, one, me, tell }) {
  const [revoke, waiting, refused] = useChange("revoke_token", "revokeToken");
  const question = t(token.id === me.token ? "admin.revoke_yours" : "admin.revoke_question");
  return html`<${Sure} label=${t("admin.revoke")} sure=${t("admin.revoke_sure")} question=${question}
      waiting=${waiting} run=${async () => {
        if (!(await revoke({ token: token.id }))) return false;
        tell(t("admin.revoked", { id: token.id, name: one.name }));
        return true;
      }} />
    ${refused && html`<${Refusal}>${refused}<//>`}`;
}

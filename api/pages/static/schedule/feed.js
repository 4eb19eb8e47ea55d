// The address at which a calendar program finds changes: made, shown once, taken away.
import { ask, useAsk } from "../ask.js";
import { Answered, Panel } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { languageNow, t, time } from "../texts.js";

export function Feeds() {
  const asked = useAsk("feeds", {}, { alone: true });
  const [state, set] = useState({});
  const made = useRef(null);
  useEffect(() => {
    if (state.address) made.current?.focus();
  }, [state.address]);
  const send = async (name, variables, done) => {
    set({ going: true });
    try {
      const answer = Object.values(await ask(name, variables))[0];
      set(answer.message ? { failed: answer.message } : done(answer));
      if (!answer.message) asked.again({ gently: true });
    } catch (failure) {
      set({ failed: failure.message });
    }
  };
  const make = () => send("create_feed", { language: languageNow() }, ({ address }) => ({
    address: new URL(address, location.href).href }));
  const revoke = (feed) => send("revoke_feed", { feed }, () => ({ said: t("schedule.feed_revoked", { feed }) }));
  return html`<${Panel} title=${t("schedule.feed")} class="feeds">
    <p class="note">${t("schedule.feed_note")}</p>
    <p role="status">${state.said ?? ""}</p>
    ${state.failed && html`<p class="failed" role="alert">${state.failed}</p>`}
    ${state.address && html`<div class="made"><p tabindex="-1" ref=${made}>${t("schedule.feed_made")}</p>
      <p><code class="token" translate="no">${state.address}</code></p>
      <p><button type="button" onClick=${() => set({})}>${t("admin.kept")}</button></p></div>`}
    <${Answered} asked=${asked}>${({ me, feeds }) => (me.local || !me.id ? html`<p class="note">${t("schedule.feed_local")}</p>`
      : html`<ul class="plain">${feeds.map((each) => html`<li key=${each.id} class="line"><code>${each.id}</code>
        <span class="note">${t("schedule.feed_times", { made: time(each.madeAt),
          used: each.usedAt ? time(each.usedAt) : t("schedule.feed_never") })}</span>
        <button type="button" disabled=${state.going} onClick=${() => revoke(each.id)}>${t("schedule.feed_revoke")}
          <span class="unseen"> ${each.id}</span></button></li>`)}</ul>
        <p class="actions"><button type="button" disabled=${state.going} onClick=${make}>${t("schedule.feed_create")}
        </button></p>`)}<//>
  <//>`;
}

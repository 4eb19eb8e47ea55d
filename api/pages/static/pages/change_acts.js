// What can be done with a change now: its steps, and a decision on the review that stands on the page.
import { ask } from "../ask.js";
import { Panel } from "../common.js";
import { Closed, Step, elsewhere } from "../changing/step.js";
import { OpenQuestions, isAsked } from "../changing/open.js";
import { html, useRef, useState } from "../dom.js";
import { t } from "../texts.js";
import { statusName } from "./change_words.js";

// `sentence`: that of the verdict. `waiting`: the review is being asked for anew, so that nobody decides on the one that goes.
export function Acts({ change, review, sentence, waiting, again }) {
  const [state, set] = useState({});
  const told = useRef(null);
  const send = async (name, variables, said) => {
    set({ going: true });
    try {
      const data = await ask(name, { change: change.changeId, expectedRevision: change.lastRevision, ...variables });
      const answer = Object.values(data)[0];
      if (answer.__typename === "ReviewOutdated") set({ outdated: answer, kept: variables.reason });
      else if (answer.message) set({ failed: answer.message, kept: variables.reason });
      else set({ said: said(answer) });
      if (!answer.message) again();
      return answer;
    } catch (failure) {
      set({ failed: failure.message, kept: variables.reason });
      return null;
    } finally {
      told.current?.focus({ preventScroll: true }); // the button that was pressed may be gone
    }
  };
  const take = (step, given) => send("take_change_step", { step: step.id, ...given },
    ({ status }) => t("rfc.step_taken", { step: step.name, status: statusName(status) }));
  const decide = (step, reason, onBehalfOf) => send("decide_change", { decision: step.decides.toUpperCase(), reason,
    onBehalfOf, evidenceHash: review.evidenceHash }, ({ status, decided }) => t(decided ? "rfc.voice_decides" : "rfc.voice_kept",
    { status: statusName(status) }));
  const open = change.steps.filter((step) => step.allowed && !step.decides && !elsewhere(step).length);
  const voices = change.steps.filter((step) => step.decides && (step.allowed || step.onBehalfOf.length));
  const closed = change.steps.filter((step) => !open.includes(step) && !voices.includes(step));
  return html`<${Panel} title=${t("rfc.acts")} class="acts">
    <div class="said" tabindex="-1" ref=${told}><p role="status">${state.going ? t("rfc.going") : state.said ?? ""}</p>
      ${state.failed && html`<div class="failed" role="alert"><p>${state.failed}</p>
        <button type="button" onClick=${() => { set({ kept: state.kept }); again(); }}>${t("rfc.show_now")}</button></div>`}
      ${state.outdated && html`<${Outdated} found=${state.outdated} show=${() => { set({ kept: state.kept }); again(); }} />`}
    </div>
    ${voices.length > 0 && html`<${Decide} change=${change} voices=${voices} isBlocked=${review.verdict === "BLOCK"} kept=${state.kept}
      going=${state.going || state.outdated || waiting || !review.evidenceHash} decide=${decide} />`}
    ${open.length > 0 && html`<div class="actions">${open.map((step) => html`<${Step} key=${step.id} step=${step} change=${change}
      going=${state.going || waiting} take=${take} warning=${step.to === "implementing" && review.verdict === "BLOCK"
        && sentence} />`)}</div>`}
    ${!change.steps.length && html`<p class="note">${t("rfc.acts_none", { status: statusName(change.status) })}</p>`}
    ${closed.length > 0 && html`<ul class="plain note">${closed.map((step) => html`<${Closed} key=${step.id} step=${step}
      change=${change} />`)}</ul>`}
  <//>`;
}

function Decide({ change, voices, isBlocked, kept, going, decide }) {
  const [reason, write] = useState(kept ?? "");
  const given = reason.trim();
  const mine = voices.some((step) => step.allowed);
  const others = [...new Set(voices.flatMap((step) => step.onBehalfOf))];
  const [chosen, speakFor] = useState(null); // null: for oneself where that is possible
  const behalf = chosen ?? (mine ? "" : others[0]);
  return html`<div class="decide">${others.length > 0 && html`<label class="choosing"><span class="note">
    ${t("draft.speak_for")}</span><select value=${behalf} onChange=${(event) => speakFor(event.target.value)}>
    ${mine && html`<option value="" selected=${!behalf}>${t("draft.speak_self")}</option>`}
    ${others.map((who) => html`<option key=${who} value=${who} selected=${who === behalf}>${who}</option>`)}</select></label>`}
    <label for="reason">${t("rfc.reason")}</label>
    <textarea id="reason" rows="2" maxlength="10000" value=${reason} aria-describedby="reason-note"
      onInput=${(event) => write(event.target.value)} />
    <${OpenQuestions} change=${change} />
    <div class="actions">${voices.map((step) => html`<button key=${step.id} type="button"
      disabled=${going || !given || isAsked(step)}
      class=${step.decides === "approved" && !isBlocked ? "primary" : step.decides === "rejected" ? "reject" : ""}
      onClick=${() => decide(step, given, behalf || null)}>${step.name}</button>`)}
      <span class="note" id="reason-note">${t(given ? "rfc.evidence_kept" : "rfc.reason_first")}</span></div></div>`;
}

// Since it was read something has changed that a decision rests on: what, and a way to what is now.
function Outdated({ found, show }) {
  return html`<div class="failed refused" role="alert"><div><p>${found.message}</p>
    <ul>${found.differences.map((each) => html`<li key=${each.key}>${each.message}</li>`)}</ul></div>
    <button type="button" onClick=${show}>${t("rfc.show_now")}</button></div>`;
}

// One change of an agenda: what it would do, with whom, what is missing, who has decided; and a decision on it, in place.
import { OPEN, needName } from "../changing/needs.js";
import { OpenQuestions } from "../changing/open.js";
import { html, useLayoutEffect, useRef, useState } from "../dom.js";
import { linked } from "../links.js";
import { addressOf, changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { number, t } from "../texts.js";
import { sentenceOf } from "../pages/change_sentence.js";
import { categoryName, isIncident, shapeOf, statusName, verdictName, windowOf } from "../pages/change_words.js";

const NAMED = 5;
const MOST_MISSING = 6;

export const stepOf = (change, decision) => change.steps.find((step) => step.decides === decision);
// Whether whoever reads may give a voice: their own, or somebody's as a deputy.
export const mayTake = (step) => Boolean(step && (step.allowed || step.onBehalfOf.length) && !step.missing.length);
export const isOpen = (change) => change.steps.some((step) => step.decides);

// What a change becomes by one more approval.
export function becomes(change) {
  const lacking = change.voicesNeeded.find((need) => need.by.length + 1 < need.needed);
  if (lacking) return t("schedule.becomes_voice", { have: lacking.by.length + 1, needed: lacking.needed });
  const { to } = stepOf(change, "approved");
  return t("schedule.becomes", { status: statusName(to ?? change.status) });
}

export function Entry({ change, review, result, acting, act, cancel, decide, going, isFirst, focused }) {
  const { changeId } = change;
  const found = review?.__typename === "Review" ? review : null;
  const name = `agenda-${changeId}`;
  return html`<article class="item ${found ? shapeOf(found.verdict).toLowerCase() : ""}" tabindex=${isFirst ? 0 : -1}
      data-change=${changeId} aria-labelledby=${name} onFocus=${focused}>
    <header><h3 id=${name}><span class="verdict-of">${found ? html`<${Mark} state=${shapeOf(found.verdict)}
        word=${verdictName(found.verdict)} />` : html`<span class="note">${t(review ? "schedule.verdict_none"
        : "schedule.verdict_waits")}</span>`}</span>
      <a href=${changeAddress(changeId)}>${change.title || changeId}</a></h3>
      <p class="note"><span class="id">${changeId}</span> · <span class="number">${windowOf(change.plannedStart,
        change.plannedEnd)}</span> · ${categoryName(change.category)} · ${statusName(change.status)}
        ${change.team && ` · ${change.team}`}${found && ` · ${t("schedule.score", { score: number(found.score),
          band: t(`review.band_${found.band}`) })}`}</p>
    </header>
    <p class="sentence-of">${found ? sentenceOf(found, changeId) : review?.message ?? ""}</p>
    <dl class="about">
      <div><dt>${t("pages.services_hit")}</dt><dd>${found && html`<${Services} some=${found.services} />`}</dd></div>
      <div><dt>${t("schedule.company")}</dt><dd>${found && html`<${Company} conflicts=${found.conflicts}
        own=${changeId} />`}</dd></div>
      <div><dt>${t("schedule.missing")}</dt><dd><${Missing} change=${change} review=${found} /></dd></div>
      <div><dt>${t("rfc.voices")}</dt><dd><${Voices} change=${change} /></dd></div>
    </dl>
    <div class="result" role="status">${result?.said ?? ""}</div>
    ${result?.failed && html`<div class="failed" role="alert"><div><p>${result.failed}</p>
      ${result.differences?.length > 0 && html`<ul>${result.differences.map((each) => html`<li key=${each.key}>
        ${each.message}</li>`)}</ul>`}</div></div>`}
    <${Acts} change=${change} found=${found} acting=${acting} act=${act} cancel=${cancel} decide=${decide}
      going=${going} />
  </article>`;
}

function Services({ some }) {
  if (!some.length) return html`<span class="note">${t("schedule.none")}</span>`;
  return html`<ul>${some.slice(0, NAMED).map(({ state, service }) => html`<li key=${service.ciId}><${Mark} state=${state} />
    <a href=${addressOf(service.ciId)}>${service.name}</a></li>`)}
    ${some.length > NAMED && html`<li class="note">${t("pages.and_more", { count: some.length - NAMED })}</li>`}</ul>`;
}

function Company({ conflicts, own }) {
  if (!conflicts.length) return html`<span class="note">${t("schedule.none")}</span>`;
  const places = new Map(conflicts.flatMap((each) => each.changes).filter((id) => id !== own
    && !isIncident(id)).map((id) => [id, { href: changeAddress(id), text: id }]));
  return html`<ul>${conflicts.slice(0, NAMED).map((each) => html`<li key=${each.id}><${Mark}
    state=${shapeOf(each.severity)} word=${verdictName(each.severity)} /> ${linked(each.message, places, { byId: true })}
    <span class="note number"> ${windowOf(each.from, each.to)}</span></li>`)}
    ${conflicts.length > NAMED && html`<li class="note">${t("pages.and_more", { count: conflicts.length
      - NAMED })}</li>`}</ul>`;
}

function Missing({ change, review }) {
  const lacking = (review?.reasons ?? []).filter((each) => each.key.startsWith("missing_"));
  const reasons = lacking.map((each) => each.message);
  // what the verdict says already, and questions, which are counted, are not said twice
  const said = new Set([OPEN, ...lacking.map((each) => each.key.slice("missing_".length))]);
  const papers = change.steps.flatMap((step) => step.missing).filter((need) => !said.has(need)).map(needName);
  const open = change.openQuestions?.length ? [t("talk.count_open", { count: change.openQuestions.length })] : [];
  const all = [...new Set([...reasons, ...papers, ...open])];
  if (!all.length) return html`<span class="note">${t("schedule.none")}</span>`;
  return html`<ul>${all.slice(0, MOST_MISSING).map((each) => html`<li key=${each}>${each}</li>`)}
    ${all.length > MOST_MISSING && html`<li class="note">${t("pages.and_more", { count: all.length - MOST_MISSING })}
    </li>`}</ul>`;
}

function Voices({ change }) {
  return html`<ul>${change.voicesNeeded.map((need, at) => html`<li key=${at}>${t(need.authority ? "rfc.voices_authority"
      : "rfc.voices_needed", { authority: need.authority ?? "", needed: need.needed, have: need.by.length })}</li>`)}
    ${change.voices.map((voice) => html`<li key="${voice.decidedBy} ${voice.decidedAt}">
      <${Mark} state=${voice.decision === "approved" ? "UNAFFECTED" : "OUTAGE"} word=${t(`rfc.voice_${voice.decision}`)} />
      <strong> ${voice.decidedBy}</strong>${voice.onBehalfOf && html` ${t("rfc.on_behalf", { who: voice.onBehalfOf })}`}
      ${voice.reason && html`<span class="note"> ${voice.reason}</span>`}</li>`)}</ul>`;
}

// `acting`: {decision, reason} while somebody decides on it; nothing is recorded by one key alone.
function Acts({ change, found, acting, act, cancel, decide, going }) {
  const [reason, write] = useState("");
  const [chosen, speakFor] = useState(null); // null: for oneself where that is possible
  const field = useRef(null);
  useLayoutEffect(() => {
    if (!acting) return;
    write(acting.reason);
    field.current?.focus();
  }, [acting]);
  const steps = change.steps.filter((step) => step.decides);
  if (!steps.length) return null;
  const no = steps.every((step) => !step.allowed && !step.onBehalfOf.length) && steps[0].whyNot;
  if (no) return html`<p class="note acts-of">${no}</p>`;
  if (!acting) {
    return html`<${OpenQuestions} change=${change} href=${changeAddress(change.changeId)} />
      <p class="actions acts-of">${steps.map((step) => html`<button key=${step.id} type="button"
      disabled=${!found || going || !mayTake(step)} class=${step.decides === "rejected" ? "reject"
      : ""} onClick=${() => act(step.decides)}>${step.name}<span class="unseen"> ${change.changeId}</span></button>`)}</p>`;
  }
  const step = stepOf(change, acting.decision);
  const behalf = chosen ?? (step?.allowed ? "" : step?.onBehalfOf[0] ?? "");
  const given = reason.trim();
  const name = `reason-${change.changeId}`;
  const sent = (event) => {
    event.preventDefault();
    if (given && !going) decide(acting.decision, given, behalf || null);
  };
  return html`<form class="deciding acts-of" onSubmit=${sent} onKeyDown=${(event) => event.key === "Escape" && cancel()}>
    ${step?.onBehalfOf.length > 0 && html`<label class="choosing"><span class="note">${t("draft.speak_for")}</span><select
      value=${behalf} onChange=${(event) => speakFor(event.target.value)}>
      ${step.allowed && html`<option value="" selected=${!behalf}>${t("draft.speak_self")}</option>`}
      ${step.onBehalfOf.map((who) => html`<option key=${who} value=${who} selected=${who === behalf}>${who}</option>`)}
      </select></label>`}
    <label for=${name}>${t(`schedule.why_${acting.decision}`)}</label>
    <input id=${name} ref=${field} type="text" maxlength="10000" value=${reason} disabled=${going}
      onInput=${(event) => write(event.target.value)} />
    <span class="actions"><button type="submit" class=${acting.decision === "approved" ? "primary" : "reject"}
      disabled=${!given || going}>${step?.name}</button>
    <button type="button" onClick=${cancel}>${t("schedule.cancel")}</button>
    <span class="note">${given ? t("rfc.evidence_kept") : t("rfc.reason_first")}</span></span></form>`;
}

// What if: the change at another time, or without some of its CIs. The address holds the trial; nothing is saved.
import { useAsk } from "../ask.js";
import { Answered, Panel, useSome } from "../common.js";
import { html, useRef, useState } from "../dom.js";
import { addressed, momentOf } from "../moments.js";
import { changeAddress, navigate } from "../router.js";
import { Mark } from "../states.js";
import { duration, gap, t, time } from "../texts.js";
import { shapeOf, verdictName } from "./change_words.js";

const DAYS = 30; // in which free slots are looked for
const AFFECTED = 100; // CIs that the page has of a change: with more it cannot be written anew

// Where the page of a trial is; of one that alters nothing that of the change.
export const trialAddress = (change, trial = {}) => changeAddress(change.changeId,
  { start: trial.start, end: trial.end, without: trial.without ?? [], agreed: trial.agreed ?? [] });

// {document, start, end, without, agreed, isMoved, wrong}: the change as the address alters it; null where it does not.
export function trialOf(change, query) {
  const moments = ["start", "end"].map((name) => query.get(name));
  const [without, agreed] = ["without", "agreed"].map((name) => query.getAll(name));
  if (!moments.some(Boolean) && !without.length && !agreed.length) return null;
  const [start, end] = moments.map((text, at) => {
    const given = text && momentOf(text);
    const kept = [change.plannedStart, change.plannedEnd][at];
    return given ? addressed(given) : kept && addressed(Date.parse(kept));
  });
  const common = { start, end, without, agreed, isMoved: moments.some(Boolean) };
  if (moments.some((text) => text && momentOf(text) === null)) return { ...common, wrong: t("rfc.trial_moment") };
  if (change.affectedCount > AFFECTED) return { ...common, wrong: t("rfc.trial_too_many", { most: AFFECTED }) };
  const left = change.affected.filter((each) => !without.includes(each.ciId));
  const document = {
    format: "faultline.change/1", change_id: change.changeId, title: change.title, category: change.category,
    status: change.status, team: change.team, back_out_plan: change.backOutPlan,
    back_out_time: change.record.back_out_time, test_evidence: change.testEvidence,
    assessment: change.assessment, edits: change.edits,
    affected: left.map((each) => ({ ci_id: each.ciId, effect: each.effect })),
    window: start && { start, end, zone: change.zone },
    agreed_outage: start && end && agreed.length ? agreed.map((service) => ({ service, from: start, to: end })) : null,
  };
  const given = Object.entries(document).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return { ...common, document: Object.fromEntries(given) };
}

// As a field of the browser has it: local time of the server's zone, to the minute.
const typed = (moment) => (moment ? addressed(Date.parse(moment)).slice(0, 16) : "");

// What is written, until what it is written over is another.
function useUntil(given, first) {
  const kept = useRef({});
  const [, draw] = useState(0);
  if (kept.current.given !== given) kept.current = { given, now: first };
  const write = (now) => {
    kept.current.now = now;
    draw((count) => count + 1);
  };
  return [kept.current.now, write];
}

export function Trial({ change, trial, children }) {
  const given = [trial?.start ?? change.plannedStart, trial?.end ?? change.plannedEnd].map(typed);
  const [start, setStart] = useUntil(given[0], given[0]);
  const [end, setEnd] = useUntil(given[1], given[1]);
  const [wrong, say] = useUntil(given.join(" "), "");
  const without = trial?.without ?? [];
  const moved = { agreed: trial?.agreed, ...trial?.isMoved ? { start: trial.start, end: trial.end } : {} };
  const [shown, more] = useSome(change.affected, 8);
  const move = (event) => {
    event.preventDefault();
    const moments = [start, end].map((text) => (text ? momentOf(text) : null));
    if (moments.some((moment) => moment === null)) say(t("rfc.trial_moment"));
    else if (moments[1] <= moments[0]) say(t("rfc.trial_order"));
    else {
      say("");
      navigate(trialAddress(change, { ...trial, start: addressed(moments[0]), end: addressed(moments[1]) }));
    }
  };
  const leave = (ciId) => navigate(trialAddress(change, { ...moved,
    without: without.includes(ciId) ? without.filter((each) => each !== ciId) : [...without, ciId] }));
  return html`<${Panel} title=${t("pages.what_if")} note=${t("rfc.trial_note")} class="trial">
    <form onSubmit=${move}>
      <label><span class="note">${t("rfc.trial_start")}</span><input type="datetime-local" name="start" value=${start}
        aria-describedby=${wrong ? "trial-wrong" : undefined} onInput=${(event) => setStart(event.target.value)} /></label>
      <label><span class="note">${t("rfc.trial_end")}</span><input type="datetime-local" name="end" value=${end}
        aria-describedby=${wrong ? "trial-wrong" : undefined} onInput=${(event) => setEnd(event.target.value)} /></label>
      <button type="submit">${t("rfc.trial_move")}</button>
      <p class="wrong" id="trial-wrong" role="alert">${wrong}</p>
    </form>
    ${change.affected.length > 0 && html`<h3>${t("rfc.trial_affected")}</h3>
      <ul class="plain">${shown.map((each) => html`<li key=${each.ciId}>
        <span class=${without.includes(each.ciId) ? "gone" : ""}>${each.ci?.name ?? each.ciId}</span>
        <button type="button" class="ask" aria-pressed=${without.includes(each.ciId)} onClick=${() => leave(each.ciId)}>
          ${t("pages.if_without")}<span class="unseen"> ${each.ci?.name ?? each.ciId}</span></button></li>`)}</ul>${more}`}
    ${change.affectedCount > change.affected.length && html`<p class="note">${t("rfc.trial_too_many",
      { most: AFFECTED })}</p>`}
    ${children}
  <//>`;
}

// When it would be in nobody's way; after the verdict, since it takes the longest.
export function Slots({ changeId, change, trial }) {
  const asked = useAsk("free_slots", { change: changeId, days: DAYS }, { skip: !change });
  return html`<${Panel} title=${t("rfc.slots")} note=${t("rfc.slots_note", { days: DAYS })} class="slots flush">
    <${Answered} asked=${asked}>${({ freeSlots: found }) => (found.message
      ? html`<p class="note">${found.message}</p>`
      : html`<${Found} found=${found} changeId=${changeId} without=${trial?.without ?? []} />`)}<//>
  <//>`;
}

function Found({ found, changeId, without }) {
  const [shown, more] = useSome(found.slots, 4);
  const end = (start) => (found.duration === null ? null : addressed(Date.parse(start) + found.duration * 1000));
  return html`
    ${!found.slots.length && html`<p class="note">${t("rfc.slots_none")}</p>`}
    <ul class="rows">${shown.map((slot) => html`<li key=${slot.earliestStart}><div class="line">
      <${Mark} state=${shapeOf(slot.verdict)} word=${slot.verdict.toLowerCase() === "pass"
        ? t("rfc.slot_free") : verdictName(slot.verdict)} />
      <span>${t("rfc.slot", { from: time(slot.earliestStart), to: time(slot.latestStart).slice(5) })}</span>
      ${found.duration !== null && html`<a class="right try" href=${changeAddress(changeId, { without,
        start: addressed(Date.parse(slot.earliestStart)), end: end(slot.earliestStart) })}>${t("rfc.try")}
        <span class="unseen"> ${time(slot.earliestStart)}</span></a>`}</div></li>`)}</ul>${more}
    <p class="note">${found.duration !== null && t("rfc.slots_long", { duration: duration(found.duration) })}${gap()}
      ${t(found.complete ? "rfc.slots_complete" : "rfc.slots_incomplete")}${gap()}${t("rfc.slots_only")}</p>`;
}

// The agenda of a meeting: all changes that wait for a decision, on one screen, decided one by one by keyboard.
import { ask, useAsk } from "../ask.js";
import { Answered, Empty, NotScoped, Panel, Sentence, isNotScoped, notYet } from "../common.js";
import { html, useEffect, useMemo, useRef, useState } from "../dom.js";
import { asked as addressed, changeAddress, navigate } from "../router.js";
import { Entry, isOpen, mayTake, stepOf } from "../schedule/entry.js";
import { Harmless } from "../schedule/harmless.js";
import { beginOf, daysAfter } from "../schedule/periods.js";
import { useReviews } from "../schedule/reviews.js";
import { AgendaSheet } from "../schedule/sheet.js";
import { Strip } from "../schedule/strip.js";
import { day, gap, number, t } from "../texts.js";
import { Places, severitiesOf } from "./change_list.js";
import { statusName, verdictName } from "./change_words.js";

const AHEAD = 14; // days
const MOST = 100; // changes of a meeting
const STATUSES = ["submitted", "assessed", "implementing", "implemented", "failed", "backed_out"];
const VERDICTS = ["BLOCK", "REVIEW", "PASS"];

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text ?? "") && beginOf(text) !== null;

// {first, last, from, to}: both days are meant
function meetingOf(query) {
  const first = isDay(query.get("from")) ? query.get("from") : day(Date.now());
  const given = isDay(query.get("to")) ? query.get("to") : daysAfter(first, AHEAD - 1);
  const last = given < first ? first : given;
  return { first, last, from: beginOf(first), to: beginOf(daysAfter(last, 1)) };
}

export function Page({ query, moved }) {
  const meeting = useMemo(() => meetingOf(query), [query.toString()]);
  const filter = useMemo(() => ({ status: STATUSES, from: new Date(meeting.from).toISOString(),
    to: new Date(meeting.to).toISOString() }), [meeting]);
  const asked = useAsk("agenda", { filter, first: MOST });
  const [results, note] = useState(new Map());
  const entries = useHeld(asked.data?.changes.nodes, results, query.toString());
  const reviews = useReviews(entries.map((each) => each.changeId), asked.data?.revision);
  const deciding = useDeciding({ reviews, note, asked });
  useEffect(() => {
    document.title = `${t("schedule.agenda")} · Faultline`;
  });
  if (isNotScoped(asked.failure)) return html`<${NotScoped} moved=${moved} />`;
  const harmless = entries.map((change) => ({ change, review: reviews.found.get(change.changeId) }))
    .filter(({ change, review }) => review?.verdict === "PASS" && isOpen(change) && stepOf(change, "approved")?.allowed
      && !stepOf(change, "approved").missing.length && !results.get(change.changeId)?.said);
  return html`<${Places} at="agenda" />
    <${Opening} asked=${asked} entries=${entries} reviews=${reviews} meeting=${meeting} moved=${moved} />
    <${AgendaSheet} entries=${entries} reviews=${reviews.found} />
    <div class="stack agenda">
      <${Windows} meeting=${meeting} entries=${entries} reviews=${reviews} />
      <${Panel} title=${t("schedule.agenda")} note=${asked.data && number(entries.length)} actions=${html`<${When}
        key=${query.toString()} meeting=${meeting} />`}>
        <${Answered} asked=${asked} tall>${({ changes }) => html`
          ${!entries.length && html`<${Empty}>${t("schedule.agenda_none")}<//>`}
          ${changes.totalCount > MOST && html`<p class="note">${t("schedule.agenda_first", { shown: MOST,
            count: changes.totalCount })}</p>`}
          <${Harmless} some=${harmless} decide=${deciding.decide} reason=${deciding.reason} going=${deciding.going} />
          <${List} entries=${entries} reviews=${reviews} results=${results} deciding=${deciding} />`}<//>
      <//>
    </div>`;
}

// Those that wait, and those that were decided here, which stay to be read.
function useHeld(nodes, results, key) {
  const held = useRef({ key, some: new Map() });
  if (held.current.key !== key) held.current = { key, some: new Map() };
  const { some } = held.current;
  for (const node of nodes ?? []) if (isOpen(node) || some.has(node.changeId)) some.set(node.changeId, node);
  const there = new Set((nodes ?? []).map((node) => node.changeId));
  return [...some.values()].filter((each) => (there.has(each.changeId) && isOpen(each)) || results.has(each.changeId))
    .map((each) => (there.has(each.changeId) ? each : { ...each, steps: [] }));
}

// Deciding on what was read: what is outdated is not recorded, and read anew.
function useDeciding({ reviews, note, asked }) {
  const [going, go] = useState(false);
  const [reason, keep] = useState("");
  const decide = async (change, decision, given, onBehalfOf = null) => {
    go(true);
    keep(given);
    const { changeId: id, lastRevision } = change;
    let result;
    try {
      const { decideChange: answer } = await ask("decide_change", { change: id, decision: decision.toUpperCase(),
        reason: given, onBehalfOf, evidenceHash: reviews.found.get(id).evidenceHash, expectedRevision: lastRevision });
      result = answer.message ? { failed: answer.message, differences: answer.differences }
        : { said: t(answer.decided ? "rfc.voice_decides" : "rfc.voice_kept", { status: statusName(answer.status) }) };
    } catch (failure) {
      result = { failed: failure.message };
    }
    note((old) => new Map([...old, [id, result]]));
    reviews.again(id);
    asked.again({ gently: true });
    go(false);
    return result;
  };
  return { going, reason, decide };
}

function Opening({ asked, entries, reviews, meeting, moved }) {
  if (!asked.data) return html`<${Sentence} moved=${moved}>${notYet(asked)}<//>`;
  const verdicts = entries.map((each) => reviews.found.get(each.changeId)?.verdict);
  const counts = VERDICTS.map((verdict) => [verdict, verdicts.filter((each) => each === verdict).length])
    .filter(([, count]) => count);
  const waiting = entries.filter((each) => !reviews.found.has(each.changeId)).length;
  const tone = verdicts.includes("BLOCK") ? "outage" : verdicts.includes("REVIEW") ? "degraded" : "";
  return html`<${Sentence} moved=${moved} tone=${tone} note=${waiting ? t("schedule.still_judging", { count: waiting }) : ""}>
    ${t(entries.length ? "schedule.agenda_said" : "schedule.agenda_said_none", {
      count: entries.length, first: meeting.first, last: meeting.last })}${gap()}
    <strong>${counts.map(([verdict, count]) => `${number(count)} ${verdictName(verdict)}`).join(" · ")}</strong><//>`;
}

function When({ meeting }) {
  const go = (event) => {
    event.preventDefault();
    const { from, to } = event.target.elements;
    navigate(`/changes/agenda${addressed({ from: from.value, to: to.value })}`);
  };
  return html`<form class="when" key=${`${meeting.first} ${meeting.last}`} onSubmit=${go}
    aria-label=${t("schedule.moves")}>
    <label><span class="note">${t("schedule.filter_from")}</span><input type="date" name="from" defaultValue=${meeting.first} /></label>
    <label><span class="note">${t("schedule.filter_to")}</span><input type="date" name="to" defaultValue=${meeting.last} /></label>
    <button type="submit">${t("schedule.show")}</button>
    <button type="button" onClick=${() => print()}>${t("schedule.print")}</button></form>`;
}

// When they are, beside each other; on paper the picture of the first page.
function Windows({ meeting, entries, reviews }) {
  const severities = useMemo(() => severitiesOf(entries.flatMap((each) => (reviews.found.get(each.changeId)?.conflicts ?? [])
    .map((conflict) => ({ ...conflict, changes: [each.changeId] })))), [entries, reviews.found]);
  const changes = useMemo(() => entries.filter((each) => each.plannedStart).map((each) => ({ ...each,
    from: each.plannedStart, to: each.plannedEnd })), [entries]);
  const strip = useMemo(() => {
    const days = [];
    for (let each = meeting.first; each <= meeting.last && days.length < 62; each = daysAfter(each, 1)) days.push(each);
    return { from: meeting.from, to: meeting.to, days };
  }, [meeting]);
  if (!changes.length) return null;
  return html`<${Panel} title=${t("schedule.windows")} class="windows"><${Strip} strip=${strip} view="week"
    changes=${changes} bands=${[]} severities=${severities} label=${t("schedule.windows")} /><//>`;
}

// The keys work on a change that has the focus, and nowhere else.
function List({ entries, reviews, results, deciding }) {
  const [current, set] = useState(null);
  const [acting, act] = useState(null);
  const list = useRef(null);
  const begun = useRef(null); // on which change: what is typed before its field is there must begin nothing else
  const first = entries.some((each) => each.changeId === current) ? current : entries[0]?.changeId;
  const focus = (id) => list.current?.querySelector(`[data-change="${CSS.escape(id)}"].item`)?.focus();
  const go = (step) => {
    const at = entries.findIndex((each) => each.changeId === first) + step;
    if (entries[at]) focus(entries[at].changeId);
  };
  const begin = (change, decision) => {
    const step = stepOf(change, decision);
    if (!mayTake(step) || !reviews.found.get(change.changeId)?.evidenceHash || deciding.going) return;
    begun.current = change.changeId;
    act({ id: change.changeId, decision, reason: decision === "approved" ? deciding.reason : "" });
  };
  const end = (id) => {
    begun.current = null;
    act(null);
    focus(id);
  };
  const pressed = (event) => {
    const id = event.target.matches?.("article.item") && event.target.dataset.change;
    if (!id || event.ctrlKey || event.metaKey || event.altKey || begun.current === id) return;
    const change = entries.find((each) => each.changeId === id);
    const wanted = { j: () => go(1), k: () => go(-1), a: () => begin(change, "approved"),
      r: () => begin(change, "rejected"), Enter: () => navigate(changeAddress(id)) }[event.key];
    if (!wanted) return;
    event.preventDefault();
    wanted();
  };
  if (!entries.length) return null;
  return html`<p class="note keys">${t("schedule.agenda_keys")}</p>
    <div class="entries" ref=${list} onKeyDown=${pressed}>${entries.map((change) => html`<${Entry} key=${change.changeId}
      change=${change} review=${reviews.found.get(change.changeId)} result=${results.get(change.changeId)}
      acting=${acting?.id === change.changeId ? acting : null} act=${(decision) => begin(change, decision)}
      cancel=${() => end(change.changeId)} going=${deciding.going} isFirst=${change.changeId === first}
      focused=${() => set(change.changeId)} decide=${async (decision, reason, behalf) => {
        await deciding.decide(change, decision, reason, behalf);
        end(change.changeId);
      }} />`)}</div>`;
}

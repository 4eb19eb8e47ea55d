// One change: whether it may go ahead, why, what would help; what it hits; with whom it collides; who decides; a trial.
import { useAsk } from "../ask.js";
import { EditLink } from "../changing/entry.js";
import { Failed, Later, NotScoped, Panel, Same, Sentence, Skeleton, isNotScoped, notYet, useSome } from "../common.js";
import { html, useEffect, useMemo, useRef } from "../dom.js";
import { linked } from "../links.js";
import { changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { gap, number, t, time } from "../texts.js";
import { Sheet } from "../schedule/sheet.js";
import { Acts } from "./change_acts.js";
import { Afterwards } from "./change_afterwards.js";
import { Alike } from "./change_alike.js";
import { Company } from "./change_hit.js";
import { Agreed } from "./change_agreed.js";
import { Watched } from "./change_news.js";
import { Edits } from "./change_edits.js";
import { Fails } from "./change_fails.js";
import { Over, hasEnded, isOver } from "./change_over.js";
import { BeforeAfter, Factors, History, Papers, People } from "./change_parts.js";
import { useReview } from "./change_review.js";
import { sentenceOf, waysOf } from "./change_sentence.js";
import { Talk } from "./change_talk.js";
import { Slots, Trial, trialOf } from "./change_trial.js";
import { Around } from "./change_around.js";
import { categoryName, placesIn, shapeOf, statusName, verdictName,
  windowOf } from "./change_words.js";
import { Collision } from "./changes.js";

const TONES = { BLOCK: "outage", REVIEW: "degraded", PASS: "unaffected" };

export function Page({ params, query, moved }) {
  const { changeId } = params;
  const asked = useAsk("change", { changeId });
  const change = asked.data?.change;
  // the address holds the trial; what it alters must be there first
  const trial = useMemo(() => change && trialOf(change, query), [change, query.toString()]);
  const isTrial = ["start", "end", "without", "agreed"].some((name) => query.has(name));
  const given = isTrial ? { change: null, proposed: trial?.document ?? null } : { change: changeId, proposed: null };
  const review = useReview(given, isTrial && !trial?.document);
  useEffect(() => {
    document.title = `${(change?.title ?? changeId).slice(0, 80)} · Faultline`;
  });
  const last = useRef({});
  if (isNotScoped(asked.failure) || isNotScoped(review.failure)) return html`<${NotScoped} moved=${moved} />`;
  if (asked.data && !change) {
    return html`<${Sentence} moved=${moved} note=${t("rfc.unknown_note")}>
      ${t("rfc.unknown", { id: changeId.slice(0, 200) })}<//>`;
  }
  const again = () => {
    asked.again({ gently: true });
    review.again({ gently: true });
  };
  const fresh = review.review;
  const failure = asked.failure ?? review.failure;
  // while the next trial is asked for the one before stands there, dimmed: what somebody drags must not go from under them
  if (fresh) last.current = { changeId, review: fresh };
  const found = fresh ?? (!failure && !trial?.wrong && last.current.changeId === changeId ? last.current.review : null);
  const over = !isTrial && change && isOver(change);
  return html`
    <${Known} change=${change} changeId=${changeId} />
    ${isTrial && html`<${Trying} trial=${trial} change=${change} changeId=${changeId}
      names=${found && new Map([...found.services.map((each) => each.service), ...found.conflicts.flatMap((each) => each.services)]
        .map((each) => [each.ciId, each.name]))} />`}
    <div class=${found && !fresh ? "waiting lead" : ""}>${over
      ? html`<${Over} change=${change} moved=${moved} />`
      : html`<${Opening} review=${found} asked=${review} failure=${failure} wrong=${trial?.wrong} changeId=${changeId}
        moved=${moved} />`}</div>
    <${Watched} key=${changeId} changeId=${changeId} review=${found} />
    ${trial?.wrong && html`<div class="stack"><${Trial} change=${change} trial=${trial} /></div>`}
    ${failure && html`<div class="stack"><${Failed} failure=${failure} again=${again} /></div>`}
    ${!failure && !found && !trial?.wrong && html`<${Skeleton} tall lines=${8} />`}
    ${!isTrial && change && fresh && html`<${Acts} key=${changeId} change=${change} review=${found}
      sentence=${sentenceOf(found, changeId)} waiting=${review.waiting || asked.waiting} again=${again} />`}
    ${found && html`<${Same} of=${[change, found]}><${Sheet} change=${change} review=${found} /><//>`}
    ${found && html`<div class=${review.waiting ? "waiting lead" : ""}>
      ${change && hasEnded(change) && html`<div class="stack after">
        <${Afterwards} changeId=${changeId} /></div>`}
      ${over ? html`<div class="columns"><div><${Edits} change=${change} /><${Told} change=${change} /></div>
        <div><${People} review=${found} change=${change} /></div></div>` : html`<${Same} of=${[found, changeId, review.later]}>
        <${Reasons} review=${found} own=${changeId} later=${review.later} again=${again} /><//>
      <${Company} key=${changeId} review=${found} change=${change} given=${given} own=${changeId}
        left=${html`<${Same} of=${[found, changeId]}><${Conflicts} review=${found} own=${changeId} /><//>
          <${Around} review=${found} own=${changeId} change=${change} trial=${trial} />
          <${Slots} changeId=${changeId} change=${change} trial=${trial} />
          <${Same} of=${[found, review.later]}><${BeforeAfter} review=${found} later=${review.later} again=${again} /><//>
          <${Alike} given=${given} isReady=${Boolean(fresh?.passesIf || review.later)} />
          ${change && html`<${Same} of=${[change]}><${Told} change=${change} /><//>`}`}
        right=${html`${change && html`<${Trial} change=${change} trial=${trial}>
            <${Agreed} change=${change} review=${found} trial=${trial} /><//>`}
          <${Same} of=${[found, change, review.later]}><${Fails} review=${found} later=${review.later} again=${again} />
            <${Factors} review=${found} /><${People} review=${found} change=${change} /><//>`} />`}
    </div>`}`;
}

// what is kept of it
const Told = ({ change }) => html`<${Papers} change=${change} />
  <${Talk} key=${change.changeId} change=${change} /><${History} change=${change} />`;

function Known({ change, changeId }) {
  return html`<p class="known">
    <span class="id">${changeId}</span><strong>${change?.title ?? t("pages.waiting")}</strong>
    ${change && html`<span>${categoryName(change.category)}</span><span class="tag">${statusName(change.status)}</span>
      ${change.team && html`<span>${change.team}</span>`}
      <span class="number">${windowOf(change.plannedStart, change.plannedEnd)}</span>
      <${EditLink} change=${change} />
      <button type="button" onClick=${() => print()}>${t("schedule.print")}</button>`}
  </p>`;
}

// A trial must never be taken for the change itself.
function Trying({ trial, change, changeId, names }) {
  const said = trial && !trial.wrong && [trial.isMoved && t("rfc.trial_moved", { window: windowOf(trial.start, trial.end) }),
    trial.without.length > 0 && t("rfc.trial_without", { names: trial.without.map((ciId) =>
      change.affected.find((each) => each.ciId === ciId)?.ci?.name ?? ciId).join(t("impact.comma")) }), trial.agreed.length > 0
      && t("whatif.trial_agreed", { names: trial.agreed.map((id) => names?.get(id) ?? id).join(t("impact.comma")) })].filter(Boolean);
  return html`<div class="trying" role="note"><p><strong>${t("rfc.trial_is")}</strong>${gap()}
    ${said ? said.join(gap()) : trial?.wrong}</p>
    <a class="button" href=${changeAddress(changeId)}>${t("rfc.trial_back")}</a></div>`;
}

function Opening({ review, asked, failure, wrong, changeId, moved }) {
  if (!review) {
    return html`<${Sentence} moved=${moved}>${wrong ?? (failure ? t("live.unanswered") : notYet(asked))}<//>`;
  }
  const count = review.factors.filter((each) => each.contribution).length;
  const score = html`<p class="score"><span><strong>${number(review.score)}</strong> / 100</span>
    <span>${t("rfc.score", { band: t(`review.band_${review.band}`), count })}</span></p>`;
  const notes = [waysOf(review).length > 0 && t("rfc.alone", { verdict: t(`review.word_${review.alone.verdict.toLowerCase()}`) }),
    review.passesIf?.length > 1 ? t("rfc.wish_all", { count: review.passesIf.length })
      : review.passesIf?.length > 0 && t("rfc.wish", { what: wishOf(review.passesIf[0]) }),
    t(review.impact.complete ? "pages.complete" : "pages.incomplete", { revision: number(review.revision) })];
  return html`<${Sentence} moved=${moved} tone=${TONES[review.verdict]} verdict=${verdictName(review.verdict)}
    note=${notes.filter(Boolean).join(gap())} actions=${score}>
    ${sentenceOf(review, changeId)}
  <//>`;
}

// what would help, in words and with the times of the page
function wishOf(wish) {
  const verdict = t(`review.word_${wish.verdict.toLowerCase()}`);
  if (wish.kind === "slot") return t("rfc.wish_slot", { start: time(wish.params.start), verdict });
  return wish.message;
}

function Reasons({ review, own, later, again }) {
  const places = placesIn(review, own);
  const [shown, more] = useSome(review.reasons, 5);
  return html`<div class="pair reasons">
    <${Panel} title=${t("rfc.reasons")} class="flush">
      ${!review.reasons.length && html`<p class="note">${t("rfc.reasons_none")}</p>`}
      <ul class="rows">${shown.map((each, at) => html`<li key=${at}><div class="line">
        <${Mark} state=${shapeOf(each.severity)} word=${verdictName(each.severity)} />
        <span>${linked(each.message, places)}</span></div></li>`)}</ul>${more}
    <//>
    <${Panel} title=${t("rfc.helps")} class="flush">
      <${Later} data=${review.passesIf} failure=${later} again=${again}>${() => html`
        <${Helps} review=${review} own=${own} places=${places} />`}<//>
    <//>
  </div>`;
}

function Helps({ review, own, places }) {
  const { start, end } = review.passesIf.find((each) => each.kind === "slot")?.params ?? {};
  return html`
    ${!review.passesIf.length && html`<p class="note">
      ${t(review.verdict === "PASS" ? "rfc.helps_not_needed" : "rfc.helps_none")}</p>`}
    ${review.passesIf.length > 1 && html`<p class="note">${t("review.wishes_together")}</p>`}
    <ul class="rows">${review.passesIf.map((each, at) => html`<li key=${at}><div class="line">
      <${Mark} state=${shapeOf(each.verdict)} word=${verdictName(each.verdict)} />
      <span>${linked(wishOf(each), places)}</span>
      ${each.kind === "slot" && start && html`<a class="right try" href=${changeAddress(own, { start, end })}>
        ${t("rfc.try")}</a>`}</div></li>`)}</ul>
    ${!review.passesIfComplete && html`<p class="note">${t("review.wishes_incomplete")}</p>`}`;
}

function Conflicts({ review, own }) {
  if (!review.conflicts.length) return html`<${Panel} title=${t("rfc.conflicts")} class="clashes-of"><p class="note">
    ${t("rfc.conflicts_none")}</p><//>`;
  return html`<${Panel} title=${t("rfc.conflicts")} note=${number(review.conflicts.length)} class="clashes-of flush">
    <ul class="rows">${review.conflicts.map((each) => html`<${Collision} key=${each.id} conflict=${each}
      own=${own} />`)}</ul><//>`;
}

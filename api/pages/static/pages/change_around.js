// The hours around a change as a picture that can be read aloud: who works when, and when it gets dangerous.
import { useAsk } from "../ask.js";
import { Panel, useSome } from "../common.js";
import { html, useMemo, useRef } from "../dom.js";
import { changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { clock, span, t } from "../texts.js";
import { Bar, useWindow } from "./change_drag.js";
import { shapeOf, verdictName, windowOf } from "./change_words.js";

const BESIDE = 4 * 3_600_000; // milliseconds before and after
const MOST = 20;
const SHOWN = 8;
const WIDTH = 600; // of the picture, in units of its own
const HOURS = 3_600_000;

export function Around({ review, own, change, trial }) {
  const { plannedStart, plannedEnd } = review.change;
  const moving = useWindow(change, trial, review);
  const [since, until] = useRange(own, moving);
  const iso = (moment) => (Number.isNaN(moment) ? null : new Date(moment).toISOString());
  const asked = useAsk("changes", { filter: { active: true, from: iso(since), to: iso(until) }, first: MOST,
    after: null }, { skip: !plannedStart || !plannedEnd });
  const rows = useMemo(() => rowsOf(asked.data?.changes.nodes ?? [], review, own), [asked.data, review, own]);
  const [shown, more] = useSome(rows, SHOWN);
  if (!asked.data) return null;
  const place = (moment) => Math.min(WIDTH, Math.max(0, (WIDTH * (moment - since)) / (until - since)));
  const x = (moment) => place(Date.parse(moment));
  const canMove = change && change.affectedCount <= change.affected.length && plannedStart && plannedEnd;
  const rest = asked.data.changes.totalCount - asked.data.changes.nodes.length;
  const blocking = review.conflicts.filter((each) => each.severity === "block");
  const clashes = blocking.flatMap((each) => each.intervals);
  const clashesOf = (id) => blocking.filter((each) => each.changes.includes(id)).flatMap((each) => each.intervals);
  return html`<${Panel} title=${t("rfc.around")} note=${span(iso(since), iso(until))} class="around">
    <p class="hours" aria-hidden="true"><span /><svg viewBox="0 0 ${WIDTH} 16" role="presentation">
      ${ticks(since, until).map((moment) => html`<text key=${moment} x=${x(iso(moment))} y="12" text-anchor="middle">
        ${clock(moment)}</text>`)}</svg></p>
    <ul>${shown.map((each) => html`<li key=${each.changeId} class=${each.isOwn ? "own" : ""}>
      <span>${each.isOwn ? html`<strong>${each.changeId}</strong>`
        : html`<a href=${changeAddress(each.changeId)}>${each.changeId}</a>`} <span class="note">${each.title}</span>
        <span class="note when">${each.isOwn ? windowOf(iso(moving.start), iso(moving.end))
          : windowOf(each.plannedStart, each.plannedEnd)}</span></span>
      ${each.isOwn && canMove ? html`<${Bar} own=${own} moving=${moving} x=${place} width=${WIDTH} since=${since}
        until=${until}><rect class="work" x=${place(moving.start)} y="3" height="14" rx="2"
          width=${Math.max(2, place(moving.end) - place(moving.start))} />
        <${Clashes} some=${clashesOf(own)} x=${x} /><//>` : html`<svg viewBox="0 0 ${WIDTH} 20" preserveAspectRatio="none" aria-hidden="true">
        <rect class="work" x=${x(each.plannedStart)} y="3" height="14" rx="2"
          width=${Math.max(2, (each.plannedEnd ? x(each.plannedEnd) : WIDTH) - x(each.plannedStart))} />
        <${Clashes} some=${clashesOf(each.changeId)} x=${x} />
      </svg>`}</li>`)}</ul>${more}
    ${canMove && html`<p class="note tried"><span role="status">${trial && html`<${Mark} state=${shapeOf(review.verdict)}
      word=${verdictName(review.verdict)} /> `}</span><span id="whatif-how">${t("whatif.how")}</span>
      ${trial && html` <a href=${changeAddress(own)}>${t("rfc.trial_back")}</a>`}</p>`}
    ${rest > 0 && html`<p class="note">${t("rfc.around_first", { shown: MOST, count: rest + MOST })}</p>`}
    ${clashes.length > 0 && html`<p class="note"><span class="key-clash" /> ${t("rfc.around_clash",
      { spans: clashes.slice(0, 5).map((each) => windowOf(each.from, each.to)).join(t("impact.comma")) })}</p>`}
  <//>`;
}

const Clashes = ({ some, x }) => some.map((clash, at) => html`<rect key=${at} class="clash" x=${x(clash.from)} y="0"
  height="20" width=${Math.max(3, (clash.to ? x(clash.to) : WIDTH) - x(clash.from))} />`);

// What the picture shows; it stays as it is while the window is moved within it.
function useRange(own, { start, end, isHeld }) {
  const kept = useRef({});
  const { key, since, until } = kept.current;
  const fits = key === own && since + BESIDE / 8 <= start && end + BESIDE / 8 <= until;
  if (!fits && !(isHeld && key === own)) kept.current = { key: own, since: start - BESIDE, until: end + BESIDE };
  return [kept.current.since, kept.current.until];
}

// those around with the change itself as it was reviewed, which may be at another time than the register says
function rowsOf(nodes, review, own) {
  const { title, plannedStart, plannedEnd } = review.change;
  const others = nodes.filter((each) => each.changeId !== own);
  const mine = { changeId: own, title, plannedStart, plannedEnd, isOwn: true };
  const rows = [mine, ...others].sort((a, b) => Date.parse(a.plannedStart) - Date.parse(b.plannedStart));
  // in a busy night it stands among those that are shown at once: its bar is what is moved
  return rows.indexOf(mine) < SHOWN ? rows : [...rows.slice(0, SHOWN - 1), mine,
    ...rows.slice(SHOWN - 1).filter((each) => each !== mine)];
}

function ticks(since, until) {
  const step = Math.max(1, Math.ceil((until - since) / HOURS / 7)) * HOURS;
  const first = Math.ceil(since / HOURS) * HOURS;
  return Array.from({ length: 12 }, (_, at) => first + at * step).filter((moment) => moment < until - step / 3
    && moment > since + step / 6);
}

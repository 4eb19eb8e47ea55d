// A stretch of time as a picture that can be read aloud: windows of changes as bars on lanes, other windows as bands.
import { html, useLayoutEffect, useMemo, useRef, useState } from "../dom.js";
import { changeAddress } from "../router.js";
import { Shape } from "../states.js";
import { clock, t } from "../texts.js";
import { categoryName, shapeOf, statusName, windowOf } from "../pages/change_words.js";
import { packed } from "./packing.js";
import { weekday, beginOf } from "./periods.js";

const HOUR = 3_600_000;
const ROOM = { night: 190, week: 112, month: 32 }; // pixels of a bar with what is written on it
const LANES = { night: 60, week: 24, month: 10 }; // before "+N more"
const NOTHING = { bars: { placed: [], lanes: 0, hidden: 0 }, bands: { placed: [], lanes: 0, hidden: 0 } };
const BANDS = 4;
const WORDS = 48; // pixels in which a word can be read
const AXIS = 56; // pixels that the name of a day or an hour needs
const TICK = 74; // pixels of a day's name
const OVER = ["implemented", "reviewed", "closed", "failed", "backed_out"];
const WEIGHTS = { block: 2, review: 1 };

export const bandName = (band) => t(`schedule.kind_${band.kind}`, { what: band.count === null ? t("schedule.everything")
  : band.names.join(t("impact.comma")) + (band.count > band.names.length
    ? ` ${t("pages.and_more", { count: band.count - band.names.length })}` : "") });

// `own`: the change whose bar leads nowhere, since it is looked at; severities: {changeId: the worst of its collisions}.
export function Strip({ strip, view, changes, bands, severities, label }) {
  const [width, measure] = useState(0);
  const [isOpen, open] = useState(false);
  const room = useRef(null);
  useLayoutEffect(() => {
    const watching = new ResizeObserver(([entry]) => measure(Math.floor(entry.contentRect.width)));
    watching.observe(room.current);
    return () => watching.disconnect();
  }, []);
  const { from, to } = strip;
  const span = to - from;
  const drawn = useMemo(() => {
    if (!width) return NOTHING; // how many lanes there are hangs on it
    const least = (pixels) => (pixels / width) * span;
    const of = (each, weight) => ({ each, id: each.windowIds?.[0] ?? each.changeId, weight, from: Math.max(from,
      Date.parse(each.from)), to: Math.min(to, each.to ? Date.parse(each.to) : to) });
    const within = (each) => Date.parse(each.from) < to && (!each.to || Date.parse(each.to) > from);
    const bars = changes.filter(within).map((each) => of(each, WEIGHTS[severities.get(each.changeId)] ?? 0));
    return {
      bars: packed(bars, () => least(ROOM[view]), isOpen ? Infinity : LANES[view]),
      bands: packed(bands.filter(within).map((each) => of(each, each.kind === "blackout" ? 1 : 0)),
        () => least(120), isOpen ? Infinity : BANDS),
    };
  }, [changes, bands, severities, from, to, width, isOpen, view]);
  const bandEnd = ({ thing, lane, end }) => Math.max(end, Math.min(to, ...drawn.bands.placed.filter((other) => other.lane === lane
    && other.thing.from > thing.from).map((other) => other.thing.from)));
  const at = (moment) => `${(100 * (Math.min(to, Math.max(from, moment)) - from)) / span}%`;
  const long = (begin, end) => `${(100 * (Math.min(to, end) - Math.max(from, begin))) / span}%`;
  // at the end of the strip there may be none for words: its title says them
  const hasRoom = (thing) => ((to - thing.from) / span) * width >= WORDS;
  const now = Date.now();
  const hidden = drawn.bars.hidden + drawn.bands.hidden;
  return html`<div class="strip ${view}" ref=${room}>
    <div class="axis" aria-hidden="true">${ticksOf(strip, width).filter(({ moment }) => ((to - moment) / span) * width
      >= AXIS).map(({ moment, word }) => html`<span key=${moment}
      style=${{ left: at(moment) }}>${word}</span>`)}</div>
    <div class="plot">
      ${ticksOf(strip, width).map(({ moment }) => html`<i key=${moment} class="tick" style=${{ left: at(moment) }} />`)}
      ${drawn.bands.placed.filter(({ thing }) => thing.each.kind === "blackout").map(({ thing }) => html`<i class="shade"
        key="${thing.id} ${thing.from}" style=${{ left: at(thing.from), width: long(thing.from, thing.to) }} />`)}
      ${now >= from && now < to && html`<i class="now" style=${{ left: at(now) }} title=${t("schedule.now")} />`}
      ${drawn.bands.placed.length > 0 && html`<ul class="bands" aria-label=${t("schedule.bands")} style=${{
        height: `${drawn.bands.lanes * 24}px` }}>${drawn.bands.placed.map((placed) => ({ ...placed, end: bandEnd(placed) })).map(({ thing, lane, end }) => html`
        <li key="${thing.id} ${thing.from}" class=${thing.each.kind} style=${{ left: at(thing.from), width: long(thing.from,
          end), top: `${lane * 24}px` }} title="${bandName(thing.each)} ${windowOf(thing.each.from, thing.each.to)}">
          <i style=${{ width: shareOf(thing, end, to) }} />
          <span class=${hasRoom(thing) ? "" : "unseen"} style=${isShort(shareOf(thing, end, to)) ? { marginLeft: shareOf(thing,
            end, to) } : {}}>${bandName(thing.each)}<span class="unseen"> ${windowOf(thing.each.from, thing.each.to)}</span></span>
        </li>`)}</ul>`}
      <${Bars} drawn=${drawn.bars} view=${view} severities=${severities} label=${label} at=${at} long=${long} to=${to} hasRoom=${hasRoom} />
    </div>
    ${hidden > 0 && html`<button type="button" class="more" onClick=${() => open(true)}>
      ${t("pages.more", { count: hidden })}</button>`}
  </div>`;
}

// One stop for Tab; arrows go from bar to bar: along the time, or to the nearest of the lane above or below.
function Bars({ drawn, view, severities, label, at, long, to, hasRoom }) {
  const [current, set] = useState(null);
  const list = useRef(null);
  const first = drawn.placed.some(({ thing }) => thing.id === current) ? current : drawn.placed[0]?.thing.id;
  const pressed = (event) => {
    const { placed } = drawn;
    const here = placed.findIndex(({ thing }) => thing.id === first);
    if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const beside = (step) => {
      const { lane, thing } = placed[here];
      const lanes = placed.filter((other) => (step > 0 ? other.lane > lane : other.lane < lane));
      const next = lanes.reduce((best, other) => (best === null || Math.abs(other.lane - lane) < Math.abs(best - lane)
        ? other.lane : best), null);
      return lanes.filter((other) => other.lane === next).sort((a, b) => Math.abs(a.thing.from - thing.from)
        - Math.abs(b.thing.from - thing.from))[0];
    };
    const wanted = { ArrowLeft: () => placed[here - 1], ArrowRight: () => placed[here + 1], Home: () => placed[0],
      End: () => placed[placed.length - 1], ArrowUp: () => beside(-1), ArrowDown: () => beside(1) }[event.key];
    if (!wanted) return;
    event.preventDefault();
    const found = wanted();
    if (!found) return;
    set(found.thing.id);
    list.current.querySelector(`[data-change="${CSS.escape(found.thing.id)}"]`)?.focus();
  };
  return html`<ul class="bars" aria-label=${label} ref=${list} onKeyDown=${pressed} style=${{
    height: `${Math.max(1, drawn.lanes) * 28}px` }}>
    ${drawn.placed.map(({ thing, lane, end }) => html`<li key=${thing.id} style=${{ left: at(thing.from),
      width: long(thing.from, end), top: `${lane * 28}px` }}>
      <${Bar} change=${thing.each} view=${view} severity=${severities.get(thing.id)} isFirst=${thing.id === first}
        share=${shareOf(thing, end, to)} named=${view !== "month" && hasRoom(thing)} focused=${() => set(thing.id)} />
    </li>`)}</ul>`;
}

// how much of its room a bar takes; the rest is for what is written
const shareOf = (thing, end, to) => `${(100 * (thing.to - thing.from)) / (Math.min(end, to) - thing.from)}%`;
// what is written does not stand across the end of its bar
const isShort = (share) => parseFloat(share) < 55;

function Bar({ change, view, severity, isFirst, share, named, focused }) {
  const { changeId, title, status, category, from, to } = change;
  const said = [changeId, title, windowOf(from, to), categoryName(category), statusName(status),
    severity && t(`schedule.collides_${severity}`)].filter(Boolean).join(t("impact.comma"));
  const kind = [severity && shapeOf(severity).toLowerCase(), status === "draft" && "draft",
    OVER.includes(status) && "over", !to && "open"].filter(Boolean).join(" ");
  return html`<a class="bar-of ${kind}" href=${changeAddress(changeId)} data-change=${changeId} tabindex=${isFirst ? 0 : -1}
    aria-label=${said} title=${said} onFocus=${focused} style=${isShort(share) ? { paddingLeft: `calc(${share} + 4px)` } : {}}>
    <i style=${{ width: share }} />${severity && html`<${Shape} state=${shapeOf(severity)} size=${12} />`}
    ${named && html`<span>${changeId}${view === "night" && ` ${title}`}</span>`}</a>`;
}

// Where lines are and what stands above them: days, or hours of a night; as many as there is room for.
function ticksOf({ from, to, days }, width) {
  const room = width || 1200;
  if (days) {
    const step = Math.ceil((days.length * TICK) / room);
    return days.filter((_, at) => at % step === 0).map((each) => ({ moment: beginOf(each),
      word: `${each.slice(5)} ${weekday(each)}` }));
  }
  const step = room < 700 ? 4 : 2;
  const found = [];
  for (let moment = from; moment < to; moment += step * HOUR) found.push({ moment, word: clock(moment) });
  return found;
}

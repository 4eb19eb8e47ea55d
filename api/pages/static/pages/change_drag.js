// The window of a change as a bar that is moved: by pointer, by touch, by the arrows. The address holds it; nothing is saved.
import { html, useEffect, useRef, useState } from "../dom.js";
import { addressed } from "../moments.js";
import { navigate } from "../router.js";
import { t } from "../texts.js";
import { trialAddress } from "./change_trial.js";
import { windowOf } from "./change_words.js";

export const GRID = 5 * 60_000; // milliseconds
const PACE = 110; // milliseconds between two addresses: browsers refuse more than a hundred of them in ten seconds
const LOOKED_AT = 2_000; // milliseconds after the last move, within which its verdict comes
const WAYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 12, PageDown: -12 }; // steps of the grid
const MOVING = new Set([...Object.keys(WAYS), "Shift", "Escape"]);
const EDGE = 10; // pixels at both ends of the bar that change its length
const snapped = (moment) => Math.round(moment / GRID) * GRID;

// {start, end, isHeld, hold, drop}: the window that the bar shows. What moves it writes the address, the last one at once.
export function useWindow(change, trial, review) {
  const [held, set] = useState(null);
  const pace = useRef({ at: -PACE, timer: null });
  useEffect(() => () => clearTimeout(pace.current.timer), [change?.changeId]);
  const kept = [review.change.plannedStart, review.change.plannedEnd].map((moment) => Date.parse(moment));
  const given = trial?.isMoved && trial.start && trial.end ? [trial.start, trial.end].map((text) => Date.parse(text)) : kept;
  const write = (start, end, isLast) => {
    pace.current.at = performance.now();
    if (isLast) set(null);
    const isStored = start === Date.parse(change.plannedStart) && end === Date.parse(change.plannedEnd);
    const moved = isStored && isLast ? {} : { start: addressed(start), end: addressed(end) };
    navigate(trialAddress(change, { ...trial, start: null, end: null, ...moved }), { replace: true });
  };
  const hold = (start, end, isLast) => {
    set({ start, end });
    clearTimeout(pace.current.timer);
    const wait = pace.current.at + PACE - performance.now();
    if (wait <= 0) write(start, end, isLast);
    else pace.current.timer = setTimeout(() => write(start, end, isLast), wait);
  };
  const drop = (start, end) => {
    clearTimeout(pace.current.timer);
    write(start, end, true);
  };
  const [start, end] = held ? [held.start, held.end] : given;
  return { start, end, isHeld: held !== null, hold, drop };
}

// Whoever moves the bar looks at it: what comes and goes above it, as its verdict does, does not take it from under the
// hand. What is returned is called whenever it is moved or let go of; whoever goes elsewhere on the page is left alone.
function useStill(picture, drag) {
  const held = useRef({ until: 0, top: 0 }).current;
  useEffect(() => {
    const leave = ({ type, key, target }) => {
      const isMoving = type !== "wheel" && picture.current?.contains(target) && (type !== "keydown" || MOVING.has(key));
      if (!isMoving) held.until = 0;
    };
    const ways = ["wheel", "touchmove", "pointerdown", "keydown"];
    ways.forEach((way) => addEventListener(way, leave, { passive: true }));
    // where it lies is asked when something was drawn, and before that is painted: asked in every frame it held answers up
    const drawn = new MutationObserver(() => {
      if (held.until === 0 || !picture.current || (!drag.current && performance.now() >= held.until)) return;
      const moved = place() - held.top;
      if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: "instant" });
    });
    drawn.observe(document.body, { subtree: true, childList: true, characterData: true,
      attributes: true, attributeFilter: ["class", "open", "hidden"] });
    return () => {
      ways.forEach((way) => removeEventListener(way, leave));
      drawn.disconnect();
    };
  }, []);
  const place = () => picture.current.getBoundingClientRect().top;
  return () => {
    if (performance.now() >= held.until) held.top = place();
    held.until = performance.now() + LOOKED_AT;
  };
}

// The row's picture, and over it the bar. `x`: where a moment lies, of `width`; since, until: what the picture shows.
export function Bar({ own, moving, x, width, since, until, children }) {
  const picture = useRef(null);
  const drag = useRef(null);
  const still = useStill(picture, drag);
  const { start, end, hold, drop } = moving;
  const bar = (event) => {
    const all = picture.current.getBoundingClientRect();
    const [left, right] = [start, end].map((moment) => all.left + (x(moment) / width) * all.width);
    const edge = Math.min(EDGE, (right - left) / 4);
    const ends = [event.clientX < left + edge, event.clientX > right - edge];
    return { isOn: event.clientX >= left - 4 && event.clientX <= right + 4, ends, scale: (until - since) / all.width };
  };
  const grab = (event) => {
    const found = bar(event);
    if (event.button !== 0 || !found.isOn) return;
    picture.current.setPointerCapture(event.pointerId);
    drag.current = { ...found, from: event.clientX, start, end, last: [start, end] };
  };
  // the page makes room for the trial while the bar is held: what then lies where it was taken, a link say, is not dragged
  const take = (event) => {
    if (!drag.current) return;
    event.preventDefault();
    picture.current.focus({ preventScroll: true });
  };
  const pull = (event) => {
    const held = drag.current;
    if (!held) return;
    const far = (event.clientX - held.from) * held.scale;
    const last = pulled(held, far, since, until);
    if (last[0] === held.last[0] && last[1] === held.last[1]) return;
    held.last = last;
    still();
    hold(...last, false);
  };
  const leave = (isKept) => {
    const held = drag.current;
    drag.current = null;
    if (!held || (held.last[0] === held.start && held.last[1] === held.end)) return;
    still();
    drop(...isKept ? held.last : [held.start, held.end]);
  };
  const press = (event) => {
    if (event.key === "Escape") leave(false);
    const way = WAYS[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // from where the clock has it: the next line of the grid in that direction
    const by = (moment) => (way > 0 ? Math.floor(moment / GRID) : Math.ceil(moment / GRID)) * GRID + way * GRID;
    still();
    const last = event.shiftKey ? Math.max(start + GRID, by(end)) : end + by(start) - start;
    hold(event.shiftKey ? start : by(start), last, true);
  };
  const minutes = (moment) => Math.round((moment - since) / 60_000);
  return html`<svg ref=${picture} class="moved" viewBox="0 0 ${width} 20" preserveAspectRatio="none" role="slider" tabindex="0"
    aria-label=${t("whatif.bar", { change: own })} aria-valuemin="0" aria-valuemax=${minutes(until)}
    aria-valuenow=${Math.min(minutes(until), Math.max(0, minutes(start)))} aria-describedby="whatif-how"
    aria-valuetext=${windowOf(new Date(start).toISOString(), new Date(end).toISOString())}
    onPointerDown=${grab} onMouseDown=${take} onPointerMove=${pull} onPointerUp=${() => leave(true)} onPointerCancel=${() => leave(false)}
    onKeyDown=${press}>${children}</svg>`;
}

function pulled({ start, end, ends, }, far, since, until) {
  if (ends[1]) return [start, Math.min(until, Math.max(start + GRID, snapped(end + far)))];
  if (ends[0]) return [Math.max(since, Math.min(end - GRID, snapped(start + far))), end];
  const begin = Math.max(since, Math.min(until - (end - start), snapped(start + far)));
  return [begin, begin + end - start];
}

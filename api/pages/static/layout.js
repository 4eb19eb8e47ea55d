// Where each CI of a picture stands: lanes by tier, the worst first, then near to those it is joined with.
import { tierOf, tiers } from "./words.js";

const ORDER = { SEED: -1, ASKED: -1, OUTAGE: 0, DEGRADED: 1, AT_RISK: 2, UNKNOWN: 3, UNAFFECTED: 4, PLAIN: 5 };
export const MOST = 10; // nodes of a lane before "+N more"
const NODE = { width: 124, height: 42, gapX: 10, gapY: 10 };
export const LABEL = 176; // beside a lane; above it where there is little room
const NARROW = 560;
const FEW = 4; // columns
const PAD = 12;
const BETWEEN = 14;

// nodes: {ciId, ciClass, state}; edges: [dependent, provider] by ciId; counts: CIs of each tier, also those that are
// not among `nodes`; open: tiers that show all; width: of the picture. Gives lanes, boxes by ciId, and the height.
export function layout({ nodes, edges, counts = {}, open, width, always = new Set() }) {
  const narrow = width < NARROW;
  const left = narrow ? PAD : LABEL + PAD;
  const columns = Math.max(1, Math.floor((width - left - PAD + NODE.gapX) / (NODE.width + NODE.gapX)));
  const breadth = (width - left - PAD + NODE.gapX) / columns - NODE.gapX;
  const neighbours = neighboursOf(edges);
  const lanes = [];
  const place = new Map();
  let y = 0;
  for (const tier of tiers()) {
    const own = nodes.filter((node) => tierOf(node.ciClass) === tier.id);
    const total = Math.max(counts[tier.id] ?? 0, own.length);
    if (!total) continue;
    const sorted = inOrder(own, place, neighbours, always);
    const isOpen = open.has(tier.id);
    const room = Math.min(MOST, columns < FEW ? 2 * columns : columns); // one row, or two where a row holds little
    const some = isOpen || total <= room ? sorted : sorted.slice(0, room - 1 || 1);
    const hidden = total - some.length;
    const cells = some.length + (hidden > 0 ? 1 : 0);
    const rows = Math.ceil(cells / columns);
    const top = y + PAD + (narrow ? 20 : 0);
    const at = (cell) => ({
      x: left + (cell % columns) * (breadth + NODE.gapX),
      y: top + Math.floor(cell / columns) * (NODE.height + NODE.gapY),
      width: Math.min(breadth, NODE.width * 1.5),
      height: NODE.height,
    });
    some.forEach((node, cell) => place.set(node.ciId, { ...at(cell), node, lane: lanes.length, cell }));
    const height = top - y + rows * (NODE.height + NODE.gapY) - NODE.gapY + PAD;
    lanes.push({
      ...tier, y, height, total, nodes: some.map((node) => node.ciId), narrow,
      more: hidden > 0 ? { ...at(some.length), hidden, here: sorted.length - some.length } : null,
    });
    y += height + BETWEEN;
  }
  return { lanes, place, height: Math.max(0, y - BETWEEN) };
}

function neighboursOf(edges) {
  const found = new Map();
  for (const [one, other] of edges) {
    for (const [from, to] of [[one, other], [other, one]]) {
      if (!found.has(from)) found.set(from, []);
      found.get(from).push(to);
    }
  }
  return found;
}

// the worst first; among equals by the mean place of those above that they are joined with, which shortens crossings
function inOrder(own, place, neighbours, always) {
  const mean = new Map(own.map((node) => {
    const xs = (neighbours.get(node.ciId) ?? []).map((id) => place.get(id)?.x).filter((x) => x !== undefined);
    return [node.ciId, xs.length ? xs.reduce((sum, x) => sum + x, 0) / xs.length : Infinity];
  }));
  const rank = (node) => (always.has(node.ciId) ? -2 : ORDER[node.state] ?? 3);
  const compared = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return [...own].sort((a, b) =>
    rank(a) - rank(b) || compared(mean.get(a.ciId), mean.get(b.ciId)) || compared(a.ciId, b.ciId));
}

// A line from one box to another: down to the lane below, up to the one above, or around below within a lane.
export function curve(from, to) {
  const [x1, x2] = [from.x + from.width / 2, to.x + to.width / 2];
  if (from.lane === to.lane && from.y === to.y) {
    const y = from.y + from.height;
    return `M${x1} ${y}C${x1} ${y + 18} ${x2} ${y + 18} ${x2} ${y}`;
  }
  const down = to.y > from.y;
  const [y1, y2] = down ? [from.y + from.height, to.y] : [from.y, to.y + to.height];
  const bend = Math.max(16, Math.abs(y2 - y1) / 2) * (down ? 1 : -1);
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}

// As much of a text as a width holds, in pixels at 12 px type; Chinese is twice as wide.
export function fitted(text, width) {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += character.codePointAt(0) > 0x2e80 ? 12 : 7;
    if (used > width) return `${text.slice(0, Math.max(1, end - 1))}…`;
    end += character.length;
  }
  return text;
}

// A picture as boxes and links with their words, for the canvas, for paper and for files.
import { t } from "../texts.js";
import { wordOf } from "../states.js";
import { className, tiers } from "../words.js";

// {boxes, links, lanes, byId, width, height}: boxes stand where the server put them.
export function sceneOf(found) {
  const size = { w: found.boxWidth, h: found.boxHeight };
  const boxes = [
    ...found.nodes.map((node) => ({ ...size, ...node, id: node.ciId, title: node.name, note: noteOf(node),
      more: moreOf(node) })),
    ...found.groups.map((group) => ({ ...size, ...group, id: group.key, isGroup: true, isMore: group.kind !== "ALIKE",
      ...saidOf(group) })),
  ];
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const links = found.edges.map((edge, at) => ({ ...edge, id: `link ${at}`, from: byId.get(edge.source),
    to: byId.get(edge.target) }));
  const names = new Map(tiers().map((tier) => [tier.id, tier.name]));
  const lanes = found.lanes.map((lane) => ({ ...lane, title: names.get(lane.tier) ?? t("explorer.no_tier") }));
  return { boxes, links, lanes, byId, width: found.width, height: found.height, isWhatIf: Boolean(found.counts) };
}

// Below the name: how it stands, or what it is called in the register.
function noteOf(node) {
  if (node.seed) return `${t("pages.state_seed")} · ${node.ciId}`;
  if (node.state) return `${wordOf(node.state)} · ${node.ciId}`;
  return node.ciId === node.name ? className(node.ciClass) : node.ciId;
}

const moreOf = (node) => (node.hiddenDependents + node.hiddenProviders
  ? `+${node.hiddenDependents + node.hiddenProviders}` : "");

export function groupName(group) {
  if (group.kind === "LANE") return t("explorer.others");
  if (group.kind === "CLASS") return className(group.value);
  if (group.value === "*") return t("explorer.several");
  if (group.value === "=") return t("explorer.not_shown");
  if (group.value === "") return t("explorer.none_recorded");
  return group.name ?? className(group.value);
}

function saidOf(group) {
  const count = t("explorer.group_count", { count: group.count });
  const hit = group.states && ["outage", "degraded", "atRisk"].filter((name) => group.states[name]);
  const states = hit?.map((name) => `${group.states[name]} ${wordOf(name === "atRisk" ? "AT_RISK"
    : name.toUpperCase())}`);
  const note = states?.length ? states.join(" · ") : count;
  if (group.kind === "ALIKE") return { title: groupName(group), note };
  return { title: t("pages.more", { count: group.count }), note: `${groupName(group)}${states?.length
    ? ` · ${states.join(" · ")}` : ""}` };
}

// From the side of a box to the side of another; a link back, or within a lane, bends around.
export function curveOf({ from, to }) {
  const right = to.x - from.x > from.w;
  const left = from.x - to.x > from.w;
  const a = { x: from.x + (left ? -1 : 1) * from.w / 2, y: from.y };
  const b = { x: to.x + (right ? -1 : 1) * to.w / 2, y: to.y };
  // along a row past a lane between: below the boxes that stand there, not through their words
  const aside = Math.abs(b.y - a.y) < 8 && Math.abs(b.x - a.x) > from.w ? 39 : 0;
  const reach = right || left ? Math.abs(b.x - a.x) / (aside ? 5 : 2) : 28 + Math.abs(b.y - a.y) / 12;
  const way = left ? -1 : 1;
  return { a, b, p: { x: a.x + way * reach, y: a.y + aside }, q: { x: b.x + (right ? -1 : 1) * reach,
    y: b.y + aside } };
}

// What each state is drawn with: [line, ground, ink], by the names of the colours in style/tokens.css.
export const PAINT = {
  outage: ["outage", "outage-ground"],
  degraded: ["degraded-line", "degraded-ground"],
  at_risk: ["at-risk-line", "at-risk-ground"],
  unaffected: ["line", "panel"],
  seed: ["seed", "seed"],
  plain: ["line", "panel"],
};

export const paintOf = (box) => (box.seed ? "seed" : (box.state ?? "plain").toLowerCase());

// The colours of the theme as it is now; each is looked up once.
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, style.getPropertyValue(`--${name}`).trim());
    return known.get(name);
  };
}

// Text that fits in so many pixels, cut where it does not.
const measured = new Map();
const pen = document.createElement("canvas").getContext("2d");

export function fitted(text, font, width) {
  const key = `${font} ${width} ${text}`;
  if (!measured.has(key)) {
    pen.font = font;
    let cut = text;
    if (pen.measureText(text).width > width) {
      const letters = [...text];
      let low = 0;
      let high = letters.length;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (pen.measureText(`${letters.slice(0, middle).join("")}…`).width <= width) low = middle;
        else high = middle - 1;
      }
      cut = `${letters.slice(0, low).join("")}…`;
    }
    if (measured.size > 20000) measured.clear();
    measured.set(key, cut);
  }
  return measured.get(key);
}

// The picture as files: SVG from the same places, PNG from that, GraphML and tables of what is drawn and counted.
import { t } from "../texts.js";
import { className, typeName } from "../words.js";
import { wordOf } from "../states.js";
import { PAINT, colours, curveOf, fitted, groupName, paintOf } from "./scene.js";

const LARGEST = 8000; // pixels a side of a PNG: larger ones are refused by browsers
const RISKY = ["=", "+", "-", "@", "\t",
  "\r"]; // what a spreadsheet would take for a formula (importers/inventory/export)
const TOP = 64;

export function download(name, body, media) {
  const address = URL.createObjectURL(new Blob([body], { type: media }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.dataset.native = "";
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const XML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
// characters that XML has no form for are shown as what cannot be shown
const xml = (text) => String(text).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
  "\ufffd").replace(/[&<>"']/g, (sign) => XML[sign]);

// The whole picture; without a title it is the drawing alone.
export function svgOf(scene, { title = "", note = "", ways = new Set() } = {}) {
  const colour = colours();
  const font = getComputedStyle(document.body).fontFamily;
  const top = title ? TOP : 0;
  const width = Math.max(scene.width, 640) + 96; // links within the last lane bend out of it
  const height = scene.height + top + 32;
  const way = colour(scene.isWhatIf ? "outage" : "accent");
  const text = (x, y, size, weight, ink, words, more = "") =>
    `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${ink}"${more}>${xml(words)}</text>`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"
      font-family="${xml(font)}">`,
    `<title>${xml(title)}</title><rect width="${width}" height="${height}" fill="${colour("panel")}"/>`,
  ];
  if (title) parts.push(text(16, 28, 16, 600, colour("ink"), fitted(title, `600 16px ${font}`, width - 32)), text(16,
    48, 12, 400, colour("muted"), note));
  parts.push(`<g transform="translate(16 ${top + 16})">`);
  for (const lane of scene.lanes) {
    parts.push(`<rect x="${lane.x}" y="0" width="${lane.width}" height="${scene.height}" rx="8"
      fill="${colour("lane")}"/>`);
    parts.push(text(lane.x + 16, 24, 13, 600, colour("ink"), fitted(`${lane.title}  ${lane.cis}`, `600 13px ${font}`,
      lane.width - 24)));
  }
  const drawn = [[], []];
  for (const link of scene.links) {
    const { a, b, p, q } = curveOf(link);
    const on = ways.has(link.id);
    const line = on ? way : colour("edge");
    const wide = on ? 2.4 : 1.2 + Math.min(Math.log2(link.count), 5) * 0.7;
    const path = `<path d="M${a.x} ${a.y}C${p.x} ${p.y} ${q.x} ${q.y} ${b.x} ${b.y}" fill="none" stroke="${line}"
      stroke-width="${wide.toFixed(1)}"${link.strength === "soft" ? ' stroke-dasharray="5 4"' : ""}/>`;
    const count = link.count > 1 ? text((a.x + b.x + p.x + q.x) / 4, (a.y + b.y) / 2 - 3, 10, 400, colour("muted"),
      link.count, ' text-anchor="middle"') : "";
    drawn[Number(on)].push(path + count);
  }
  parts.push(...drawn[0], ...scene.boxes.map((box) => boxSvg(box, colour, font, text)), ...drawn[1], "</g></svg>");
  return parts.join("");
}

function boxSvg(box, colour, font, text) {
  const [left, top] = [box.x - box.w / 2, box.y - box.h / 2];
  const paint = paintOf(box);
  const [line, ground] = PAINT[paint] ?? PAINT.plain;
  const start = left + (paint === "plain" ? 12 : 30);
  const room = left + box.w - 10 - start - (box.more ? 30 : 0);
  const dashed = paint === "at_risk" || box.isMore ? ' stroke-dasharray="5 3"' : "";
  const ink = box.seed ? colour("on-seed") : colour("ink");
  const note = box.seed ? colour("seed-muted") : colour("muted");
  const more = box.more ? text(left + box.w - 10, box.y + 13, 11, 400, note, box.more, ' text-anchor="end"') : "";
  return `<rect x="${left}" y="${top}" width="${box.w}" height="${box.h}" rx="6" fill="${colour(ground)}"
    stroke="${colour(line)}" stroke-width="${box.isGroup && !box.isMore ? 2.4 : 1.2}"${dashed}/>${shapeSvg(paint,
    left + 9, box.y - 16, colour)}${text(start, box.y - 3, 13, 600, ink, fitted(box.title, `600 13px ${font}`,
    room))}${text(start, box.y + 13, 11, 400, note, fitted(box.note, `400 11px ${font}`, room))}${more}`;
}

function shapeSvg(paint, x, y, colour) {
  if (paint === "plain") return "";
  const c = paint === "seed" ? colour("on-seed") : colour(paint.replace("_", "-"));
  const shape = {
    outage: `<rect x="2" y="2" width="12" height="12" rx="1.5" fill="${c}"/><path
      d="m5.4 5.4 5.200 5.200m0-5.200-5.200 5.200" stroke="${colour("panel")}" stroke-width="1.8"/>`,
    degraded: `<circle cx="8" cy="8" r="5.6" fill="none" stroke="${c}" stroke-width="1.7"/><path
      d="M8 2.4a5.6 5.6 0 0 0 0 11.200Z" fill="${c}"/>`,
    at_risk: `<path d="M8 2.4 14 13.4H2Z" fill="none" stroke="${c}" stroke-width="1.7" stroke-dasharray="2.6 1.3"/>`,
    unaffected: `<circle cx="8" cy="8" r="5.2" fill="none" stroke="${c}" stroke-width="1.7"/>`,
    seed: `<path d="M8 1.4 14.6 8 8 14.6 1.4 8Z" fill="${c}"/>`,
  }[paint];
  return `<g transform="translate(${x} ${y})">${shape ?? ""}</g>`;
}

// The same as pixels, twice as many as on the screen where that many are allowed.
export async function pngOf(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(2, LARGEST / image.width, LARGEST / image.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))),
    "image/png"));
}

// `moment`: of a picture of the past, as it stands in the file.
export function graphmlOf(found, moment = "") {
  const key = (name, end, kind = "string") => `<key id="${end}.${name}"
    for="${end}" attr.name="${name}" attr.type="${kind}"/>`;
  const data = (end, values) => Object.entries(values).filter(([, value]) => value !== null
    && value !== "").map(([name, value]) => `<data key="${end}.${name}">${xml(value)}</data>`).join("");
  const nodes = [
    ...found.nodes.map((node) => [node.ciId, { name: node.name, ci_class: node.ciClass, tier: node.tier,
      state: stateText(node), count: 1, x: node.x, y: node.y }]),
    ...found.groups.map((group) => [group.key, { name: groupName(group), ci_class: "", tier: group.tier,
      state: stateText(group), count: group.count, x: group.x, y: group.y }]),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...["name", "ci_class", "tier", "state"].map((name) => key(name, "node")), ...["count", "x",
      "y"].map((name) => key(name, "node", "int")),
    key("type", "edge"), key("strength", "edge"), key("redundancy_group", "edge"), key("count", "edge", "int"),
    key("as_of", "graph"), key("revision", "graph", "int"),
    '<graph edgedefault="directed">', data("graph", { as_of: moment, revision: found.revision }),
    ...nodes.map(([id, values]) => `<node id="${xml(id)}">${data("node", values)}</node>`),
    ...found.edges.map((edge) => `<edge source="${xml(edge.source)}" target="${xml(edge.target)}">${data("edge",
      { type: edge.types.join("|"), strength: edge.strength, redundancy_group: edge.group,
      count: edge.count })}</edge>`),
    "</graph>\n</graphml>\n",
  ].join("\n");
}

const stateText = (box) => (box.state ? box.state.toLowerCase() : "");

// One line each, for a spreadsheet: what it would run as a formula has an apostrophe before it.
export function tableOf(rows) {
  const cell = (value) => {
    const text = String(value ?? "");
    const safe = RISKY.includes(text[0]) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  // the mark at the beginning tells spreadsheets that it is UTF-8
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

export function ciRows(found) {
  return [
    ["ci_id", "name", "ci_class", "tier", "state", "count"],
    ...found.nodes.map((node) => [node.ciId, node.name, node.ciClass, node.tier, stateText(node), 1]),
    ...found.groups.map((group) => ["", groupName(group), group.kind === "CLASS" ? group.value : "", group.tier,
      stateText(group), group.count]),
  ];
}

// With the moment that they are of, in each line.
export const withMoment = ([head, ...rows], moment) => [[...head, "as_of"], ...rows.map((row) => [...row, moment])];

export function relationshipRows(found, nameOf) {
  return [
    ["source", "source_name", "type", "target", "target_name", "strength", "redundancy_group", "count"],
    ...found.edges.map((edge) => [edge.source, nameOf(edge.source), edge.types.join("|"), edge.target,
      nameOf(edge.target), edge.strength, edge.group, edge.count]),
  ];
}

export const describeEdge = (edge) => edge.types.map(typeName).join(", ") || t("explorer.group_pairs",
  { count: edge.count });
export const describeBox = (box) => [box.isGroup ? t("explorer.group_count", { count: box.count })
  : className(box.ciClass), box.seed ? t("pages.state_seed") : "", box.state ? wordOf(box.state)
  : ""].filter(Boolean).join(", ");

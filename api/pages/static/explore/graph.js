// The picture on a canvas: cytoscape draws boxes and links where the server put them, and words are drawn over them.
import cytoscape from "../vendor/cytoscape.js";
import { number } from "../texts.js";
import { PAINT, colours, curveOf, fitted, paintOf } from "./scene.js";

const NAME = "600 13px ";
const NOTE = "400 11px ";
const LEAST_ZOOM = 0.08;
const READABLE = 0.42; // zoom below which words would only be dust
const MANY = 300; // links past which each is drawn fainter
const FIRST_ZOOM = 0.85; // a large picture begins at its left end, large enough to be read

// `told`: what to call on a tap on a box, a second tap, a tap beside, and after every drawing.
export function makeGraph(room, overlay, told) {
  const cy = cytoscape({
    container: room, headless: false, styleEnabled: true, minZoom: LEAST_ZOOM, maxZoom: 2.5, autoungrabify: true,
    boxSelectionEnabled: false, autounselectify: true,
  });
  let scene = null;
  let look = looks();
  cy.on("tap", (event) => {
    const box = event.target === cy || event.target.isEdge() ? null : scene.byId.get(event.target.id());
    if (!box) told.beside();
    else if (isOnMore(box, event.position)) told.expand(box);
    else told.tapped(box);
  });
  cy.on("dbltap", "node", (event) => {
    const box = scene.byId.get(event.target.id());
    if (box) told.twice(box);
  });
  cy.on("mouseover", "node", (event) => room.classList.toggle("over", scene?.byId.has(event.target.id())));
  cy.on("mouseout", "node", () => room.classList.remove("over"));
  cy.on("render pan zoom resize", () => {
    if (!scene) return;
    paintWords(cy, overlay, scene, look);
    told.drawn();
  });

  return {
    show(next, { keep = false } = {}) {
      const before = keep && scene ? { zoom: cy.zoom(), pan: { ...cy.pan() } } : null;
      scene = next;
      cy.elements().remove();
      dress(cy, look, scene); // before there is anything to dress: each is looked at once
      cy.batch(() => cy.add(elementsOf(scene)));
      if (before) cy.viewport(before);
      else this.begin();
    },
    begin() {
      const fit = Math.min((cy.width() - 24) / scene.width, (cy.height() - 24) / scene.height, 1);
      const zoom = Math.max(fit, Math.min(FIRST_ZOOM, 1));
      const free = Math.max((cy.width() - scene.width * zoom) / 2, 12);
      cy.viewport({ zoom, pan: { x: free, y: 12 } });
    },
    fit() {
      const zoom = Math.max(Math.min((cy.width() - 24) / scene.width, (cy.height() - 24) / scene.height, 1),
        LEAST_ZOOM);
      cy.viewport({ zoom, pan: { x: (cy.width() - scene.width * zoom) / 2, y: 12 } });
    },
    zoomBy(factor) {
      cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
    },
    panBy: (x, y) => cy.panBy({ x, y }),
    // so that a box is in sight: keyboard users never select what they cannot see
    reveal(id) {
      const box = scene?.byId.get(id);
      if (!box) return;
      const zoom = Math.max(cy.zoom(), READABLE);
      const at = { x: box.x * zoom + cy.pan().x, y: box.y * zoom + cy.pan().y };
      const inSight = at.x > 60 && at.y > 40 && at.x < cy.width() - 60 && at.y < cy.height() - 40;
      if (zoom !== cy.zoom() || !inSight) {
        cy.viewport({ zoom, pan: { x: cy.width() / 2 - box.x * zoom, y: cy.height() / 2 - box.y * zoom } });
      }
    },
    // the selected box and the links on the way from it
    mark(id, ways) {
      cy.batch(() => {
        cy.elements(".chosen, .way, .near").removeClass("chosen way near");
        if (id) cy.getElementById(id).addClass("chosen").connectedEdges().addClass("near");
        for (const link of ways) cy.getElementById(link.id).addClass("way");
      });
    },
    window: () => ({ zoom: cy.zoom(), pan: cy.pan(), width: cy.width(), height: cy.height() }),
    centre(x, y) {
      cy.pan({ x: cy.width() / 2 - x * cy.zoom(), y: cy.height() / 2 - y * cy.zoom() });
    },
    restyle() {
      look = looks();
      if (scene) dress(cy, look, scene);
    },
    resize: () => cy.resize(),
    end: () => cy.destroy(),
  };
}

const isOnMore = (box, at) => Boolean(box.more) && at.x > box.x + box.w / 2 - 34 && at.y > box.y;

function elementsOf(scene) {
  const lanes = scene.lanes.map((lane) => ({
    group: "nodes", classes: "lane", selectable: false,
    data: { id: `lane ${lane.tier}`, w: lane.width, h: scene.height },
    position: { x: lane.x + lane.width / 2, y: scene.height / 2 },
  }));
  const boxes = scene.boxes.map((box) => ({
    group: "nodes", classes: `box ${paintOf(box)}${box.isMore ? " more" : box.isGroup ? " group" : ""}`,
    data: { id: box.id, w: box.w, h: box.h }, position: { x: box.x, y: box.y },
  }));
  const links = scene.links.map((link) => ({
    group: "edges", classes: `${link.strength === "soft" ? "soft" : ""} ${link.count > 1 ? "many" : ""}`,
    data: { id: link.id, source: link.source, target: link.target, count: link.count > 1 ? number(link.count) : "",
      ...bent(link) },
  }));
  return [...lanes, ...boxes, ...links];
}

// Cytoscape wants the bends of a link as shares of the line between its ends and distances from it.
function bent(link) {
  const { a, b, p, q } = curveOf(link);
  const v = { x: b.x - a.x, y: b.y - a.y };
  const square = v.x * v.x + v.y * v.y || 1;
  const points = [p, q].map((point) => ({ x: point.x - a.x, y: point.y - a.y }));
  const shares = points.map((point) => (point.x * v.x + point.y * v.y) / square);
  const distances = points.map((point) => (point.y * v.x - point.x * v.y) / Math.sqrt(square));
  const side = (point, box) => `${point.x > box.x ? "" : "-"}50% 0%`;
  return { shares, distances, out: side(a, link.from), in: side(b, link.to),
    width: 1.2 + Math.min(Math.log2(link.count), 5) * 0.7 };
}

const looks = () => ({ colour: colours(), font: getComputedStyle(document.body).fontFamily });

function dress(cy, { colour, font }, scene) {
  const way = colour(scene.isWhatIf ? "outage" : "accent");
  const states = Object.entries(PAINT).map(([name, [line, ground]]) => ({
    selector: `node.${name}`, style: { "background-color": colour(ground), "border-color": colour(line) },
  }));
  cy.style([
    { selector: "node", style: { shape: "round-rectangle", width: "data(w)", height: "data(h)",
      "z-index-compare": "manual", "overlay-opacity": 0 } },
    { selector: "node.lane", style: { "background-color": colour("lane"), "corner-radius": 8, events: "no",
      "z-index": 0 } },
    { selector: "node.box", style: { "border-width": 1, "corner-radius": 6, "z-index": 2 } },
    ...states,
    { selector: "node.outage", style: { "border-width": 1.6 } },
    { selector: "node.at_risk", style: { "border-style": "dashed" } },
    { selector: "node.group", style: { "border-width": 1.6, "border-color": colour("muted") } },
    { selector: "node.more", style: { "border-style": "dashed", "border-color": colour("muted") } },
    { selector: "node.chosen", style: { "outline-width": 2.4, "outline-color": colour("accent"),
      "outline-offset": 2 } },
    {
      selector: "edge",
      style: {
        "curve-style": "unbundled-bezier", "edge-distances": "endpoints", "control-point-distances": "data(distances)",
        "control-point-weights": "data(shares)", "source-endpoint": "data(out)", "target-endpoint": "data(in)",
        width: "data(width)", "line-color": colour("edge"), "target-arrow-color": colour("edge"),
        "target-arrow-shape": "triangle", "arrow-scale": 0.7, "z-index-compare": "manual", "z-index": 1, events: "no",
          "line-opacity": scene.links.length > MANY ? 0.5 : 1,
      },
    },
    { selector: "edge.soft", style: { "line-style": "dashed", "line-dash-pattern": [5, 4] } },
    {
      selector: "edge.many",
      style: {
        label: "data(count)", "font-size": 10, "font-family": font, color: colour("muted"),
          "text-background-color": colour("lane"),
        "text-background-opacity": 1, "text-background-padding": 2, "min-zoomed-font-size": 7,
      },
    },
    { selector: "edge.near", style: { "line-color": colour("muted"), "target-arrow-color": colour("muted"), width: 1.8,
      "line-opacity": 1 } },
    { selector: "edge.way", style: { "line-color": way, "target-arrow-color": way, width: 2.4, "z-index": 3,
      "line-opacity": 1 } },
  ]);
}

// Words are drawn by us: a name in one weight, a note in another, a shape for the state, only where they can be read.
function paintWords(cy, overlay, scene, { colour, font }) {
  const { width, height } = { width: cy.width(), height: cy.height() };
  const ratio = devicePixelRatio || 1;
  if (overlay.width !== Math.round(width * ratio) || overlay.height !== Math.round(height * ratio)) {
    overlay.width = Math.round(width * ratio);
    overlay.height = Math.round(height * ratio);
  }
  const pen = overlay.getContext("2d");
  const zoom = cy.zoom();
  const pan = cy.pan();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, overlay.width, overlay.height);
  pen.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * pan.x, ratio * pan.y);
  const sight = { left: -pan.x / zoom, top: -pan.y / zoom, right: (width - pan.x) / zoom,
    bottom: (height - pan.y) / zoom };
  paintLanes(pen, scene, sight, zoom, colour, font);
  if (zoom < READABLE) return;
  const inks = { ink: colour("ink"), muted: colour("muted"), on: colour("on-seed"), onMuted: colour("seed-muted") };
  for (const box of scene.boxes) {
    if (box.x + box.w / 2 < sight.left || box.x - box.w / 2 > sight.right) continue;
    if (box.y + box.h / 2 < sight.top || box.y - box.h / 2 > sight.bottom) continue;
    paintBox(pen, box, inks, colour, font);
  }
}

// Names of lanes stay in sight at the top however far one has gone down.
function paintLanes(pen, scene, sight, zoom, colour, family) {
  const scale = Math.max(1, 0.62 / zoom);
  const top = Math.max(0, sight.top);
  for (const lane of scene.lanes) {
    if (lane.x > sight.right || lane.x + lane.width < sight.left) continue;
    pen.fillStyle = colour("lane");
    if (top > 0) pen.fillRect(lane.x, top, lane.width, 36 * scale);
    pen.textBaseline = "alphabetic";
    pen.fillStyle = colour("ink");
    pen.font = `600 ${13 * scale}px ${family}`;
    const count = number(lane.cis);
    const room = lane.width - 28 - pen.measureText(count).width - 8;
    const title = fitted(lane.title, pen.font, room);
    pen.fillText(title, lane.x + 16, top + 24 * scale);
    const after = pen.measureText(title).width;
    pen.fillStyle = colour("muted");
    pen.font = `400 ${12 * scale}px ${family}`;
    pen.fillText(count, lane.x + 16 + after + 8, top + 24 * scale);
  }
}

function paintBox(pen, box, inks, colour, family) {
  const left = box.x - box.w / 2;
  const paint = paintOf(box);
  const start = left + (paint === "plain" ? 12 : 30);
  const end = left + box.w - 10 - (box.more ? 30 : 0);
  if (paint !== "plain") paintShape(pen, paint, left + 10, box.y - 15, colour);
  pen.fillStyle = box.seed ? inks.on : box.isMore ? inks.muted : inks.ink;
  pen.font = NAME + family;
  pen.textBaseline = "alphabetic";
  pen.fillText(fitted(box.title, pen.font, left + box.w - 10 - start), start, box.y - 3);
  pen.fillStyle = box.seed ? inks.onMuted : inks.muted;
  pen.font = NOTE + family;
  pen.fillText(fitted(box.note, pen.font, end - start), start, box.y + 13);
  if (box.more) {
    pen.textAlign = "right";
    pen.fillText(box.more, left + box.w - 10, box.y + 13);
    pen.textAlign = "left";
  }
}

// The shapes of states.js, 14 pixels wide.
function paintShape(pen, paint, x, y, colour) {
  const c = paint === "seed" ? colour("on-seed") : colour(paint.replace("_", "-"));
  pen.save();
  pen.translate(x, y);
  pen.strokeStyle = c;
  pen.fillStyle = c;
  pen.lineWidth = 1.6;
  pen.beginPath();
  if (paint === "outage") {
    pen.fillRect(1, 1, 12, 12);
    pen.strokeStyle = colour("panel");
    pen.moveTo(4, 4); pen.lineTo(10, 10); pen.moveTo(10, 4); pen.lineTo(4, 10);
  } else if (paint === "degraded") {
    pen.arc(7, 7, 5.4, 0, 7);
    pen.stroke();
    pen.beginPath();
    pen.arc(7, 7, 5.4, Math.PI / 2, Math.PI * 1.5);
    pen.fill();
  } else if (paint === "at_risk") {
    pen.setLineDash([2.6, 1.4]);
    pen.moveTo(7, 1.4); pen.lineTo(13, 12.4); pen.lineTo(1, 12.4); pen.closePath();
  } else if (paint === "seed") {
    pen.moveTo(7, 0.6); pen.lineTo(13.4, 7); pen.lineTo(7, 13.4); pen.lineTo(0.6, 7); pen.closePath();
    pen.fill();
  } else pen.arc(7, 7, 5.2, 0, 7);
  pen.stroke();
  pen.restore();
}

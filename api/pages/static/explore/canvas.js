// The picture in the page: the pointer, the keys and the corner map.
import { html, useEffect, useRef } from "../dom.js";
import { t } from "../texts.js";
import { makeGraph } from "./graph.js";
import { isSmall, paintMinimap, placeOf } from "./minimap.js";

// Cytoscape would write a style element of its own, which the Content-Security-Policy refuses; it does not where there
// is an element of this id already, and what it would say stands in style/explore.css.
const STYLED = "__________cytoscape_stylesheet";

// `place`: what the view is of; `whole`: all that was asked, so that the same asked again leaves the picture where it is.
// `act`: what to call: select(id), open(box), expand(box), visit(box), leave().
export function Canvas({ scene, place, whole, selected, ways, act, handle }) {
  const room = useRef(null);
  const overlay = useRef(null);
  const map = useRef(null);
  const graph = useRef(null);
  const now = useRef({});
  now.current = { scene, selected, act };

  useEffect(() => {
    const told = {
      beside: () => now.current.act.select(""),
      tapped: (box) => (box.isMore && !box.opened ? now.current.act.open(box) : now.current.act.select(box.id)),
      twice: (box) => (box.isGroup ? now.current.act.open(box) : now.current.act.visit(box)),
      expand: (box) => now.current.act.expand(box),
      drawn: () => {
        const sight = graph.current?.window();
        if (!sight || !map.current) return;
        map.current.hidden = isSmall(now.current.scene, sight);
        if (!map.current.hidden) paintMinimap(map.current, now.current.scene, sight);
      },
    };
    graph.current = makeGraph(room.current, overlay.current, told);
    handle.current = graph.current;
    const themes = new MutationObserver(() => graph.current.restyle());
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => graph.current.restyle();
    system.addEventListener("change", changed);
    const wheel = (event) => turned(event, graph.current, now.current.scene);
    room.current.parentElement.addEventListener("wheel", wheel, { capture: true, passive: false });
    return () => {
      themes.disconnect();
      system.removeEventListener("change", changed);
      graph.current.end();
      graph.current = handle.current = null;
    };
  }, []);
  const shown = useRef(null);
  const drawn = useRef(null);
  useEffect(() => {
    room.current.parentElement.style.height = `${heightOf(scene)}px`;
    graph.current.resize();
    graph.current.show(scene, { keep: shown.current === place });
    shown.current = place;
    graph.current.mark(selected, ways);
    if (selected && drawn.current !== whole) graph.current.reveal(selected);
    drawn.current = whole;
    // the next frame draws, the one after it has been drawn
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("explorer-painted")));
  }, [scene]);
  useEffect(() => {
    graph.current.mark(selected, ways);
  }, [selected, ways]);
  useEffect(() => {
    if (selected) graph.current.reveal(selected);
  }, [selected]);

  return html`<div class="drawing" id=${STYLED}>
    <div class="canvas" ref=${room} />
    <canvas class="words" ref=${overlay} aria-hidden="true" />
    <div class="keys" role="application" tabindex="0" aria-label=${t("explorer.picture_label")}
      aria-describedby="explorer-help"
      onKeyDown=${(event) => pressed(event, graph.current, now.current)} />
    <canvas class="minimap" ref=${map} aria-hidden="true" onPointerDown=${(event) => centre(event, graph.current,
      scene)}
      onPointerMove=${(event) => event.buttons && centre(event, graph.current, scene)} />
    <p class="unseen" id="explorer-help">${t("explorer.keys")}</p>
  </div>`;
}

// As high as the picture needs, and no higher than leaves the rest of the page in sight.
const heightOf = (scene) => Math.round(Math.min(Math.max(scene.height * 0.85 + 24, 300), Math.max(innerHeight * 0.78,
  360)));

function centre(event, graph, scene) {
  const place = placeOf(event, scene);
  graph.centre(place.x, place.y);
}

// The wheel moves the picture while there is more of it, then the page; with Ctrl it zooms, as everywhere.
function turned(event, graph, scene) {
  if (event.ctrlKey || event.metaKey) return;
  event.stopPropagation();
  const { zoom, pan, width, height } = graph.window();
  const sideways = event.shiftKey ? event.deltaY : event.deltaX;
  const down = event.shiftKey ? 0 : event.deltaY;
  const x = bounded(pan.x - sideways, pan.x, width - scene.width * zoom - 12);
  const y = bounded(pan.y - down, pan.y, height - scene.height * zoom - 12);
  if (x === pan.x && y === pan.y) return;
  event.preventDefault();
  graph.panBy(x - pan.x, y - pan.y);
}

// No further than an end of the picture; from beyond it only back.
function bounded(wanted, now, end) {
  const [low, high] = [Math.min(end, 12, now), Math.max(12, Math.min(end, 12), now)];
  return Math.min(Math.max(wanted, low), high);
}

function pressed(event, graph, { scene, selected, act }) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const box = scene.byId.get(selected);
  const arrows = { ArrowRight: () => along(scene, box, "from", "to"), ArrowLeft: () => along(scene, box, "to", "from"),
    ArrowDown: () => beside(scene, box, 1), ArrowUp: () => beside(scene, box, -1) };
  if (arrows[event.key]) {
    const next = box ? arrows[event.key]() : first(scene);
    if (next) act.select(next.id);
  } else if (event.key === "Enter") {
    if (!box) act.select(first(scene)?.id ?? "");
    else if (box.isGroup) act.open(box);
    else act.visit(box);
  } else if (event.key === "Escape") {
    if (box) act.select("");
    else act.leave();
  } else if (event.key === "e" && box && !box.isGroup) act.expand(box);
  else if (event.key === "+" || event.key === "=") graph.zoomBy(1.25);
  else if (event.key === "-") graph.zoomBy(0.8);
  else if (event.key === "0") graph.fit();
  else return;
  event.preventDefault();
}

const first = (scene) => [...scene.boxes].sort((a, b) => a.x - b.x || a.y - b.y)[0];

// Along the links: to what it rests on or what rests on it, the nearest first; again from there.
function along(scene, box, mine, other) {
  const near = scene.links.filter((link) => link[mine] === box).map((link) => link[other]);
  return near.sort((a, b) => Math.abs(a.y - box.y) - Math.abs(b.y - box.y) || a.x - b.x)[0];
}

function beside(scene, box, step) {
  const lane = scene.boxes.filter((other) => other.tier === box.tier).sort((a, b) => a.y - b.y || a.x - b.x);
  return lane[lane.indexOf(box) + step];
}

// The picture: CIs in lanes by tier, the ways between them, and the path that explains the one that is chosen.
import { html, useLayoutEffect, useMemo, useRef, useState } from "./dom.js";
import { LABEL, curve, fitted, layout } from "./layout.js";
import { addressOf, navigate } from "./router.js";
import { Shape, wordOf } from "./states.js";
import { t } from "./texts.js";
import { className } from "./words.js";

// marks: {"dependent\nprovider": what a change does to the edge, `added` or `removed`}.
// nodes: {ciId, name, ciClass, state, note}; edges: [dependent, provider]; path: ids from the chosen one to a cause;
// choose(ciId | null); hrefOf: where a double click goes.
export function Lanes({ nodes, edges, counts, chosen, path = [], marks, choose, label, hrefOf = addressOf, beyond }) {
  const [width, measure] = useState(0);
  const [open, setOpen] = useState(new Set());
  const frame = useRef(null);
  useLayoutEffect(() => {
    const watching = new ResizeObserver(([entry]) => measure(Math.floor(entry.contentRect.width)));
    watching.observe(frame.current);
    return () => watching.disconnect();
  }, []);
  const always = useMemo(() => new Set(path), [path.join("|")]);
  const { lanes, place, height } = useMemo(
    () => (width ? layout({ nodes, edges, counts, open, width, always }) : { lanes: [], place: new Map(), height: 0 }),
    [nodes, edges, counts, open, width, always],
  );
  const current = place.has(chosen) ? chosen : lanes[0]?.nodes[0];
  const focus = (ciId) => frame.current?.querySelector(`[data-ci="${CSS.escape(ciId)}"]`)?.focus();
  const pressed = (event) => {
    const from = event.target.closest?.("[data-ci]")?.dataset.ci;
    if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowLeft: beside(-1), ArrowRight: beside(1), ArrowUp: joined(-1),
      ArrowDown: joined(1) }[event.key]?.(from);
    if (event.key === "Enter") navigate(hrefOf(from));
    else if (event.key === " ") choose(from);
    else if (event.key === "Escape") choose(null);
    else if (to) focus(to);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
  };
  const beside = (step) => (from) => {
    const { lane } = place.get(from);
    const row = lanes[lane].nodes;
    return row[row.indexOf(from) + step];
  };
  // along an edge; where none leads that way, the nearest of the next lane
  const joined = (step) => (from) => {
    const ends = edges.flatMap(([up, down]) => (up === from ? [[1, down]] : down === from ? [[-1, up]] : []));
    const along = ends.find(([way, id]) => way === step && place.has(id))?.[1];
    if (along) return along;
    const { lane, x } = place.get(from);
    const others = lanes[lane + step]?.nodes ?? [];
    return [...others].sort((a, b) => Math.abs(place.get(a).x - x) - Math.abs(place.get(b).x - x))[0];
  };
  const drawn = edges.filter(([up, down]) => place.has(up) && place.has(down));
  const onPath = new Set(path.slice(1).map((id, at) => `${path[at]}\n${id}`));
  const isPath = ([up, down]) => onPath.has(`${up}\n${down}`);
  return html`<div class="lanes" ref=${frame} onKeyDown=${pressed}>
    <svg role="group" aria-label=${label} width=${width} height=${height} viewBox="0 0 ${Math.max(1, width)} ${Math.max(1, height)}">
      ${lanes.map((lane) => html`<g key=${lane.id}>
        <rect class="lane" x="0" y=${lane.y} width=${width} height=${lane.height} rx="8" />
        <text class="lane-name" x="12" y=${lane.y + (lane.narrow ? 20 : 30)}>
          ${fitted(lane.name, lane.narrow ? width - 96 : LABEL - 16)}</text>
        <text class="lane-count" x=${lane.narrow ? width - 12 : 12} y=${lane.y + (lane.narrow ? 20 : 46)}
          text-anchor=${lane.narrow ? "end" : "start"}>
          ${t("pages.lane_count", { count: lane.total })}</text>
      </g>`)}
      <g class="edges">${drawn.filter((edge) => !isPath(edge)).map(([up,
        down]) => html`<path key="${up} ${down}" class=${marks?.get(`${up}\n${down}`)}
          d=${curve(place.get(up), place.get(down))} />`)}</g>
      <g class="edges path">${drawn.filter(isPath).map(([up,
        down]) => html`<path key="${up} ${down}" d=${curve(place.get(up), place.get(down))} />`)}</g>
      ${lanes.map((lane) => html`<g key="${lane.id} nodes">
        ${lane.nodes.map((ciId) => html`<${Box} key=${ciId} box=${place.get(ciId)} isChosen=${ciId === chosen}
          isOnPath=${always.has(ciId)}
          first=${ciId === current} choose=${choose} go=${() => navigate(hrefOf(ciId))} />`)}
        ${lane.more && html`<${Rest} lane=${lane} beyond=${beyond}
          onClick=${() => setOpen(new Set([...open, lane.id]))} />`}
      </g>`)}
    </svg>
  </div>`;
}

function Box({ box, isChosen, isOnPath, first, choose, go }) {
  const { node, x, y, width, height } = box;
  const left = x + (node.state === "PLAIN" || node.state === "ASKED" ? 10 : 26);
  const state = node.state.toLowerCase();
  const said = [node.name, wordOf(node.state), className(node.ciClass), node.note].filter(Boolean).join(", ").slice(0,
    400);
  return html`<g class="box ${state} ${isChosen ? "chosen" : ""} ${isOnPath ? "on-path" : ""}">
    <rect x=${x} y=${y} width=${width} height=${height} rx="6" role="link" tabindex=${first ? 0 : -1}
      data-ci=${node.ciId}
      aria-label=${said} aria-current=${isChosen ? "true" : undefined}
      onClick=${() => choose(node.ciId)} onFocus=${() => choose(node.ciId)} onDblClick=${go}>
      <title>${said}</title>
    </rect>
    <g aria-hidden="true">
      <${Shape} state=${node.state} x=${x + 8} y=${y + (node.note ? 6 : 14)} size=${13} />
      <text class="name" x=${left} y=${y + (node.note ? 17 : 25)}>${fitted(node.name, width - 32)}</text>
      ${node.note && html`<text class="more-said" x=${left} y=${y + 33}>${fitted(node.note, width - 32)}</text>`}
    </g>
  </g>`;
}

// what a lane does not show: opened in place as far as it is here, else said where the rest is
function Rest({ lane, onClick, beyond }) {
  const { x, y, width, height, hidden, here } = lane.more;
  const act = here > 0 ? onClick : beyond && (() => navigate(beyond(lane)));
  const key = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    act?.();
  };
  return html`<g class="rest">
    <rect x=${x} y=${y} width=${width} height=${height} rx="6" role="button" tabindex="0"
      aria-label=${`${lane.name}: ${t("pages.more", { count: hidden })}`} onClick=${act} onKeyDown=${key} />
    <text aria-hidden="true" x=${x + width / 2} y=${y + height / 2 + 4} text-anchor="middle">
      ${t("pages.more", { count: hidden })}</text>
  </g>`;
}

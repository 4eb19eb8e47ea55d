// The explorer: a part of the register in lanes; the address says which.
import { useAsk } from "../ask.js";
import { Empty, Failed, Panel, Sentence, Skeleton } from "../common.js";
import { html, useEffect, useMemo, useRef, useState } from "../dom.js";
import { addressOf, navigate } from "../router.js";
import { t } from "../texts.js";
import { Canvas } from "../explore/canvas.js";
import { Begin, Controls, Saved } from "../explore/controls.js";
import { ciRows, describeBox, download, graphmlOf, pngOf, relationshipRows, svgOf, tableOf,
  withMoment } from "../explore/files.js";
import { Selected, useWhy } from "../explore/panel.js";
import { Moment, Then, pastOf } from "../explore/past.js";
import { sceneOf } from "../explore/scene.js";
import { Tables } from "../explore/table.js";
import { go, inputOf, isReady, viewOf, withOne, without } from "../explore/view.js";

export function Page({ query, moved }) {
  const [came] = useState(moved); // a choice of this page must not take the focus away from where it was made
  const view = useMemo(() => viewOf(query), [query.toString()]);
  const past = pastOf(view);
  const at = past?.iso ?? null;
  const ready = isReady(view) && !past?.isWrong;
  const input = inputOf(view);
  const asked = useAsk("explore", { view: input, asOf: at }, { skip: !ready, then: past && revisionOf });
  const last = useRef(null); // what is shown while the next picture is on its way
  const answer = asked.data?.explore;
  if (answer?.__typename === "Exploration") last.current = { at, answer };
  const isThere = ready && !asked.failure && (!answer || answer.__typename === "Exploration");
  // what is of another moment is not shown as of this one, nor does it go into a file
  const found = isThere && last.current?.at === at ? last.current.answer : null;
  const names = useRef(new Map());
  for (const node of found?.nodes ?? []) names.current.set(node.ciId, node.name);
  const nameOf = (id) => names.current.get(id) ?? id;
  useEffect(() => {
    document.title = `${t("pages.place_explore")} · Faultline`;
  });
  const refused = past?.isWrong ? { message: t("explorer.bad_moment", { text: past.said }) }
    : answer && answer.__typename !== "Exploration" ? { message: answer.message } : asked.failure;
  return html`<div class="explore">
    <${Sentence} moved=${came} tone=${toneOf(found)} note=${found && noteOf(found)}>
      ${found ? found.sentence : isReady(view) ? t("pages.place_explore") : t("explorer.begin_title")}<//>
    ${refused && html`<${Failed} failure=${refused} again=${!past?.isWrong && asked.again} />`}
    ${past && html`<${Then} view=${view} isRefused=${Boolean(refused)} />`}
    <${Controls} view=${view} nameOf=${nameOf}><${Moment} view=${view} /><//>
    ${!isReady(view) && html`<${Begin} view=${view} />`}
    ${ready && !found && !refused && html`<${Skeleton} lines=${8} tall />`}
    ${found && html`<${Picture} key="picture" view=${view} input=${input} past=${past} found=${found}
      waiting=${asked.waiting} nameOf=${nameOf} />`}
  </div>`;
}

const revisionOf = (data) => data.explore.revision;

const noteOf = ({ counts, drawn }) =>
  [counts && t("explorer.hit", { outage: counts.outage, degraded: counts.degraded, at_risk: counts.atRisk }),
    ...drawn.map((part) => part.message)].filter(Boolean).join(" ");

function toneOf(found) {
  if (!found?.counts) return "";
  const { outage, degraded, atRisk } = found.counts;
  return outage ? "outage" : degraded ? "degraded" : atRisk ? "at_risk" : "unaffected";
}

function Picture({ view, input, past, found, waiting, nameOf }) {
  const scene = useMemo(() => sceneOf(found), [found]);
  const graph = useRef(null);
  const box = scene.byId.get(view.selected);
  const why = useWhy(view, box, past);
  const [way, setWay] = useState(0);
  const ways = useMemo(() => waysOf(scene, found, why.steps, box, way), [scene, why.steps.length, box, way]);
  const act = {
    select: (id) => id !== view.selected && go(view, { selected: id }, { replace: true }),
    open: (group) => !group.opened && go(view, { open: withOne(view.open, group.key) }),
    expand: (node) => go(view, { expand: view.expand.includes(node.id) ? without(view.expand, node.id)
      : withOne(view.expand, node.id), selected: node.id }),
    visit: (node) => navigate(addressOf(node.ciId)),
    leave: () => document.querySelector("main h1")?.focus(),
  };
  const { opened, expanded, collapsed, perLane, ...place } = input;
  const isTable = view.as === "table";
  return html`<div class="columns">
    <div>
      <${Panel} title=${past ? t("explorer.picture_then", { moment: past.said }) : t("explorer.picture")}
        note=${t("explorer.note", { shown: found.shown, total: found.total })}
        class="flush picture"
        actions=${html`<${Tools} view=${view} found=${found} scene=${scene} ways=${ways} graph=${graph}
          past=${past} nameOf=${nameOf} isTable=${isTable} />`}>
        <div class="answered ${waiting ? "waiting" : ""}" aria-busy=${waiting}>
          ${found.cis === 0 ? html`<${Empty}>${t("explorer.nothing")}<//>`
            : isTable ? html`<${Tables} found=${found} scene=${scene} view=${view} />`
            : html`<${Canvas} scene=${scene} place=${JSON.stringify(place)}
              whole=${JSON.stringify([input, view.at])} selected=${view.selected} ways=${ways}
              act=${act} handle=${graph} />`}
        </div>
      <//>
      <${Paper} scene=${scene} found=${found} ways=${ways} />
    </div>
    <div class="side">
      <p class="unseen" role="status">${box ? `${box.title}, ${describeBox(box)}` : ""}</p>
      <${Selected} view=${view} box=${box} why=${why} found=${found} way=${way} onWay=${setWay} nameOf=${nameOf} />
      <${Saved} view=${view} />
    </div>
  </div>`;
}

// The links that are drawn above: of the why of what is selected, or of one of the ways between two.
function waysOf(scene, found, steps, box, way) {
  const ids = steps.length ? steps.map((step) => step.ciId) : box ? [] : found.paths[way]?.ciIds ?? [];
  const pairs = new Set(ids.slice(1).map((id, at) => JSON.stringify([ids[at], id])));
  return scene.links.filter((link) => pairs.has(JSON.stringify([link.source, link.target])));
}

function Tools({ view, found, scene, ways, graph, past, nameOf, isTable }) {
  const [said, say] = useState("");
  const title = { title: found.sentence, note: `${t("pages.revision",
    { revision: found.revision })} · ${found.drawn.map((part) => part.message).join(" ")}`, ways: new Set(ways.map((link) => link.id)) };
  const then = past ? `-${past.iso.replace(/\.\d+|[-:]/g, "")}` : ""; // in the name, as tables and drawings say it too
  const table = (rows) => tableOf(past ? withMoment(rows, past.iso) : rows);
  const saved = {
    PNG: async () => download(`faultline${then}.png`, await pngOf(svgOf(scene, title)), "image/png"),
    SVG: () => download(`faultline${then}.svg`, svgOf(scene, title), "image/svg+xml"),
    GraphML: () => download(`faultline${then}.graphml`, graphmlOf(found, past?.iso), "application/xml"),
    csv_cis: () => download(`faultline-cis${then}.csv`, table(ciRows(found)), "text/csv"),
    csv_pairs: () => download(`faultline-relationships${then}.csv`, table(relationshipRows(found,
      (id) => scene.byId.get(id)?.title ?? nameOf(id))), "text/csv"),
  };
  const files = { PNG: "PNG", SVG: "SVG", GraphML: "GraphML", csv_cis: t("explorer.csv_cis"),
    csv_pairs: t("explorer.csv_pairs") };
  const make = async (name) => {
    try {
      await saved[name]();
      say("");
    } catch {
      say(t("explorer.export_failed"));
    }
  };
  return html`
    <div class="switch" role="group" aria-label=${t("explorer.shown_as")}>
      ${["picture", "table"].map((name) => html`<button key=${name} type="button" aria-pressed=${view.as === name
        || (name === "picture" && !isTable)}
        onClick=${() => go(view, { as: name })}>${t(`explorer.as_${name}`)}</button>`)}
    </div>
    ${!isTable && html`<div class="switch" role="group" aria-label=${t("explorer.zoom")}>
      <button type="button" aria-label=${t("explorer.zoom_out")} onClick=${() => graph.current?.zoomBy(0.8)}>−</button>
      <button type="button" onClick=${() => graph.current?.fit()}>${t("explorer.zoom_all")}</button>
      <button type="button" aria-label=${t("explorer.zoom_in")} onClick=${() => graph.current?.zoomBy(1.25)}>+</button>
    </div>`}
    <details class="menu"><summary class="button">${t("explorer.export")}</summary>
      <div>${Object.keys(files).map((name) => html`<button key=${name} type="button"
        onClick=${() => make(name)}>${files[name]}</button>`)}</div>
    </details>
    <button type="button" onClick=${() => print()}>${t("explorer.print")}</button>
    <span class="unseen" role="status">${said}</span>`;
}

// What goes to paper: the picture as lines, which a canvas is not, made when somebody prints.
function Paper({ scene, found, ways }) {
  const sheet = useRef(null);
  useEffect(() => {
    const chosen = document.documentElement.dataset.theme;
    const fill = () => {
      document.documentElement.dataset.theme = "light"; // paper is
      const text = svgOf(scene, { ways: new Set(ways.map((link) => link.id)) });
      const drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      drawn.removeAttribute("width");
      drawn.removeAttribute("height");
      sheet.current.replaceChildren(document.importNode(drawn, true));
    };
    const empty = () => {
      document.documentElement.dataset.theme = chosen;
      sheet.current?.replaceChildren();
    };
    addEventListener("beforeprint", fill);
    addEventListener("afterprint", empty);
    return () => {
      removeEventListener("beforeprint", fill);
      removeEventListener("afterprint", empty);
    };
  }, [scene, ways]);
  return html`<div class="paper" ref=${sheet} role="img" aria-label=${found.sentence} />`;
}

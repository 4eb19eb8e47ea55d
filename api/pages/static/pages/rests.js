// What a service rests on: every CI whose failure alone puts it out, in lanes, with the way by which it gets there.
import { useAsk } from "../ask.js";
import { Answered, Empty, Panel, Sentence, notYet } from "../common.js";
import { html, useMemo, useState } from "../dom.js";
import { Lanes } from "../lanes.js";
import { duration, gap, parts, t } from "../texts.js";

const MOST = 100;

export function Rests({ ci, moved, beside }) {
  const asked = useAsk("weak_points", { service: ci.ciId, most: MOST });
  const found = asked.data?.singlePointsOfFailure;
  return html`
    <${Opening} ci=${ci} asked=${asked} found=${found} moved=${moved} revision=${asked.data?.revision} />
    <div class="columns lead">
      <div><${Panel} title=${t("pages.rests")}
        note=${found?.total ? t("pages.rests_note", { count: found.total }) : null} class="picture">
        <${Answered} asked=${asked} tall>${() => {
          if (found.message) return html`<${Empty}>${found.message}<//>`;
          if (found.alreadyOut) return html`<${Empty}>${t("pages.rests_out")}<//>`;
          return found.total ? html`<${Points} weak=${found} />` : html`<${Empty}>${t("pages.rests_none")}<//>`;
        }}<//>
      <//></div>
      <div>${beside}</div>
    </div>`;
}

// "Any of 16 CIs alone puts Claims out; it shall be back within 2 h."
function Opening({ ci, asked, found, moved, revision }) {
  if (!found) return html`<${Sentence} moved=${moved}>${notYet(asked)}<//>`;
  const { rto } = ci.attributes;
  const name = html`<strong>${ci.name}</strong>`;
  return html`<${Sentence} moved=${moved} tone=${found.total ? "at_risk" : "unaffected"}
    note=${t("pages.complete", { revision })}>
    ${found.total ? parts("pages.rests_sentence", { name,
      count: found.total }) : parts("pages.rests_sentence_none", { name })}
    ${gap()}${rto !== undefined && t("pages.rests_rto", { rto: duration(rto) })}
  <//>`;
}

function Points({ weak }) {
  const [chosen, choose] = useState(null);
  const nodes = useMemo(() => nodesOf(weak), [weak]);
  const edges = useMemo(() => edgesOf(weak), [weak]);
  const point = weak.points.find((each) => each.ci.ciId === chosen);
  const path = point ? wayOf(weak, point) : [];
  return html`<${Lanes} nodes=${nodes} edges=${edges} chosen=${chosen ?? weak.service.ciId} path=${path}
    choose=${choose} label=${t("pages.rests_label")} />
    <p class="note" role="status">${point ? t("pages.rests_point", { name: point.ci.name, services: point.services,
      cis: point.cis }) : t("pages.rests_help")}</p>`;
}

const wayOf = (weak, point) => [weak.service, ...point.via, point.ci].map((ci) => ci.ciId);

function nodesOf(weak) {
  const found = new Map([[weak.service.ciId, { ...weak.service, state: "ASKED", note: "" }]]);
  for (const point of weak.points) found.set(point.ci.ciId, { ...point.ci,
    state: "OUTAGE", note: t("pages.point_services", { count: point.services }) });
  for (const each of weak.points.flatMap((point) => point.via)) {
    if (!found.has(each.ciId)) found.set(each.ciId, { ...each, state: "PLAIN", note: "" });
  }
  return [...found.values()];
}

function edgesOf(weak) {
  const found = new Map();
  for (const point of weak.points) {
    const way = wayOf(weak, point);
    way.slice(1).forEach((id, at) => found.set(`${way[at]}\n${id}`, [way[at], id]));
  }
  return [...found.values()];
}

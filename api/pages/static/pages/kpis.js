// Indicators of the standard as tiles: value, target, twelve months, and the records that each number counts.
import { ask, useAsk } from "../ask.js";
import { Answered, Empty, NotScoped, Panel, Rest, Sentence, isNotScoped, notYet } from "../common.js";
import { html, useState } from "../dom.js";
import { useRest } from "../later.js";
import { addressOf, changeAddress } from "../router.js";
import { duration, number, percent, t } from "../texts.js";
import { recordName } from "../words.js";
import { Calibration } from "./calibration.js";
import { Period, periodOf } from "./choosing.js";
import { Compliance } from "./compliance.js";

export function Kpis({ place, query, moved }) {
  const period = periodOf(query);
  const asked = useAsk("kpis", { period });
  const found = asked.data?.kpis;
  if (isNotScoped(asked.failure)) return html`<${NotScoped} moved=${moved} />`;
  return html`<div>
    <${Sentence} moved=${moved} note=${found?.period && !found.period.finished ? t("pages.period_unfinished") : null}
      actions=${html`<${Period} place=${place} period=${period} />`}>
      ${!found ? notYet(asked) : found.message ?? said(found.kpis)}<//>
    <${Answered} asked=${asked} tall>${() => found.kpis && (found.kpis.length ? html`<div class="tiles">
      ${found.kpis.map((kpi) => html`<${Tile} key=${kpi.id} kpi=${kpi}
        period=${found.period.id} />`)}</div>` : html`<${Empty}>
      ${t("pages.kpi_none")}<//>`)}<//>
    <div class="stack after"><${Calibration} key=${period} period=${period} /><${Compliance} key=${`c${period}`} period=${period} /></div>
  </div>`;
}

function said(kpis) {
  const count = (status) => kpis.filter((each) => each.status === status).length;
  return t("pages.kpi_said", { count: kpis.length, met: count("met"), missed: count("missed"),
    measured: count("measured"), unmeasured: count("not_measurable") });
}

function shown(value, unit) {
  if (value === null) return "—";
  if (unit === "ratio") return percent(value);
  return unit === "seconds" ? duration(value) : number(value, 1);
}

function Tile({ kpi, period }) {
  const [open, set] = useState(false);
  const tag = { met: "", missed: "outage", not_measurable: "at_risk" }[kpi.status] ?? "";
  return html`<${Panel} title=${kpi.name} note=${kpi.id} class="tile">
    <p class="value">${shown(kpi.value, kpi.unit)}</p>
    <p><span class="tag ${tag}">${t(`pages.kpi_${kpi.status}`)}</span> ${kpi.target && html`<span class="note">
      ${t("pages.kpi_target", { target: `${kpi.target.op} ${shown(kpi.target.value, kpi.unit)}` })}</span>`}</p>
    ${kpi.reason && html`<p class="note">${kpi.reason}</p>`}
    <${Trend} kpi=${kpi} />
    ${kpi.numerator && html`<p><button type="button" aria-expanded=${open} onClick=${() => set(!open)}>${counted(kpi)}</button></p>`}
    ${open && html`<p class="note">${t("pages.kpi_clause", { clause: kpi.clause })}</p>${["numerator",
      "denominator"].filter((name) => kpi[name]).map((name) => html`<${Records} key=${name} name=${name} kpi=${kpi}
        period=${period} />`)}`}
  <//>`;
}

function counted({ numerator, denominator }) {
  if (!denominator) return t("pages.kpi_records", { count: numerator.value });
  return t("pages.kpi_of", { numerator: numerator.value, denominator: denominator.value });
}

function Records({ name, kpi, period }) {
  const part = kpi[name];
  const { all, hasMore, more, failure } = useRest(part.records, part.value, async (after) =>
    listOf(await ask("kpi_more", { period, id: kpi.id, after }), name));
  return html`<h3>${t(name === "numerator" ? "pages.kpi_counted" : "pages.kpi_among")} <span class="note">
    ${number(part.value)}</span></h3><ul class="plain records">
    ${all.map((each) => html`<li key="${each.kind} ${each.id}"><${Counted} each=${each} /></li>`)}</ul>
    <${Rest} count=${part.value - all.length} hasMore=${hasMore} more=${more} failure=${failure} />`;
}

function listOf({ kpis: { kpis, message } }, name) {
  if (message) throw new Error(message);
  return kpis[0][name].records;
}

// what has a page opens it, by its name
function Counted({ each: { kind, id, name } }) {
  const address = { ci: addressOf, change: changeAddress }[kind]?.(id);
  const said = address ? html`<a href=${address}>${name ?? id}</a>` : name ?? id;
  return html`${kind !== "ci" && html`<span class="note">${recordName(`${kind}s`)}</span> `}${said}${name
    && html` <span class="id">${id}</span>`}`;
}

// twelve months as a line; where nothing was measured it has a gap
function Trend({ kpi }) {
  const values = kpi.trend.map((point) => point.value);
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = (value) => (high === low ? 16 : 28 - ((value - low) / (high - low)) * 24);
  const points = values.map((value, at) =>
    (value === null ? null : `${(at * 160) / (values.length - 1)} ${y(value).toFixed(1)}`));
  const path = points.map((point, at) =>
    (point === null ? "" : `${at && points[at - 1] !== null ? "L" : "M"}${point}`)).join("");
  const label = t("pages.kpi_trend", { from: shown(known[0], kpi.unit), to: shown(known[known.length - 1], kpi.unit),
    month: kpi.trend[kpi.trend.length - 1].period });
  return html`<svg class="trend" viewBox="-2 0 164 32" width="164" height="32" role="img" aria-label=${label}>
    <path d=${path} /></svg>`;
}

// Predictions of changes against what happened, a row for each relationship type; each number opens to its effects.
import { useAsk } from "../ask.js";
import { Answered, Panel } from "../common.js";
import { html, useState } from "../dom.js";
import { addressOf, changeAddress } from "../router.js";
import { gap, number, percent, t } from "../texts.js";
import { typeName } from "../words.js";
import { Proofs } from "./change_afterwards.js";

const SIDES = ["predicted", "occurred"];

export function Calibration({ period }) {
  const asked = useAsk("calibration", { period });
  return html`<${Panel} title=${t("calibration.table_title")} note=${t("calibration.table_note", { period })} class="flush">
    <${Answered} asked=${asked}>${({ calibration: found }) => (found.message ? html`<p class="note">${found.message}</p>`
      : html`<p class="note">${t("calibration.sentence", { ended: found.ended, measured: found.measured,
        left: found.ended - found.measured })}${gap()}
        ${found.reason ? t("calibration.not_measurable", { reason: found.reason }) : ""}
        ${found.graphLater && !found.reason ? t("calibration.graph_later", { count: found.graphLater }) : ""}</p>
      ${!found.reason && html`<${Rows} rows=${found.rows} />`}`)}<//>
  <//>`;
}

function Rows({ rows }) {
  return html`<div class="scroll"><table class="cards"><thead><tr><th>${t("calibration.column_type")}</th>
    ${SIDES.map((side) => html`<th key=${side}>${t(`calibration.column_${side}`)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.type ?? ""}><th scope="row">${nameOf(row.type)}</th>
      ${SIDES.map((side) => html`<td key=${side} data-label=${t(`calibration.column_${side}`)}>
        <${Rate} rate=${row[side]} /></td>`)}</tr>`)}</tbody></table></div>`;
}

const nameOf = (type) => (type === "*" ? t("calibration.all") : type === null ? t("calibration.no_path") : typeName(type));

function Rate({ rate }) {
  const [open, set] = useState(false);
  if (rate.rate === null) return html`<span class="note">${rate.reason}</span>`;
  return html`<button type="button" aria-expanded=${open} onClick=${() => set(!open)}>${t("calibration.rate", {
    count: rate.count, of: rate.of, rate: percent(rate.rate), low: percent(rate.low), high: percent(rate.high) })}</button>
    ${open && html`<ul class="plain records">${rate.effects.map((each) => html`<li key="${each.changeId} ${each.ciId}">
      <a href=${changeAddress(each.changeId)}>${each.changeId}</a> → <a href=${addressOf(each.ciId)}>${each.ci?.name ?? each.ciId}</a>${" "}
      <${Proofs} records=${each.records} /></li>`)}</ul>
      ${rate.of > rate.effects.length && html`<p class="note">${t("pages.listed_first", { shown: number(rate.effects.length),
        count: number(rate.of) })}</p>`}`}`;
}

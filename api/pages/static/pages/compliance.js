// Requirements of the standard, each with how it stands, and the records that fail it, which open to their pages.
import { ask, useAsk } from "../ask.js";
import { Answered, Panel, Rest } from "../common.js";
import { html, useState } from "../dom.js";
import { useRest } from "../later.js";
import { addressOf, changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { t } from "../texts.js";

const SHAPES = { met: "UNAFFECTED", not_met: "OUTAGE", lapsed: "DEGRADED", no_evidence: "UNKNOWN" };

export function Compliance({ period }) {
  const asked = useAsk("compliance", { period });
  return html`<${Panel} title=${t("compliance.title")} note=${period} class="flush">
    <${Answered} asked=${asked} tall>${({ compliance: found }) => (found.message ? html`<p class="note">${found.message}</p>`
      : html`<p class="note">${said(found.requirements)}</p><div class="scroll"><table class="cards">
      <thead><tr>${["id", "what", "status", "counts"].map((name) => html`<th key=${name}>
        ${t(`compliance.column_${name}`)}</th>`)}</tr></thead>
      <tbody>${found.requirements.map((each) => html`<${Requirement} key=${each.id} each=${each}
        period=${period} />`)}</tbody>
      </table></div>`)}<//>
  <//>`;
}

function said(requirements) {
  return t("compliance.sentence", Object.fromEntries(Object.keys(SHAPES).map((status) =>
    [status, requirements.filter((each) => each.status === status).length])));
}

function Requirement({ each, period }) {
  const [open, set] = useState(false);
  const counts = t("compliance.counts", { failing: each.failingCount, looked_at: each.lookedAt });
  return html`<tr><th scope="row">${each.id}</th>
    <td data-label=${t("compliance.column_what")}>${each.text}${each.reason && html` <span class="note">${each.reason}</span>`}
      ${open && html`<${Records} each=${each} period=${period} />`}</td>
    <td data-label=${t("compliance.column_status")}><${Mark} state=${SHAPES[each.status]}
      word=${t(`compliance.status_${each.status}`)} /></td>
    <td data-label=${t("compliance.column_counts")}>${each.failingCount ? html`<button type="button" aria-expanded=${open}
      onClick=${() => set(!open)}>${counts}</button>` : html`<span>${counts}</span>`}
      ${each.pending > 0 && html` <span class="note">${t("compliance.pending", { count: each.pending })}</span>`}</td></tr>`;
}

function Records({ each, period }) {
  const { all, hasMore, more, failure } = useRest(each.failing, each.failingCount, async (after) =>
    listOf(await ask("compliance_more", { period, id: each.id, after })));
  return html`<ul class="plain records">${all.map((record) => html`<li key=${record.id}>
    <${Opened} record=${record} /> <span class="note">${record.reasons.join(t("impact.comma"))}</span></li>`)}</ul>
    <${Rest} count=${each.failingCount - all.length} hasMore=${hasMore} more=${more} failure=${failure} />`;
}

function listOf({ compliance: { requirements, message } }) {
  if (message) throw new Error(message);
  return requirements[0].failing;
}

// an update is told by the ledgers' page of its period; its reason names the CI
function Opened({ record: { kind, id, name } }) {
  if (kind === "update") return html`<a href="/questions/unmatched">${t("compliance.one_update")}</a> <span
    class="id">${id}</span>`;
  return html`<a href=${kind === "change" ? changeAddress(id) : addressOf(id)}>${name ?? id}</a>${name
    && html` <span class="id">${id}</span>`}`;
}

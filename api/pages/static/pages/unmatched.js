// Updates of the register against changes, and changes against updates: the buckets with what is in each.
import { useAsk } from "../ask.js";
import { Answered, Empty, Panel, Sentence } from "../common.js";
import { html, useState } from "../dom.js";
import { addressOf } from "../router.js";
import { gap, number, percent, t } from "../texts.js";
import { Period, periodOf } from "./choosing.js";

const GOOD = new Set(["matched", "met"]);

export function Unmatched({ place, query, moved }) {
  const period = periodOf(query);
  const asked = useAsk("unmatched", { period });
  const found = asked.data?.unmatchedChanges;
  return html`<div>
    <${Sentence} moved=${moved} actions=${html`<${Period} place=${place} period=${period} />`}>
      ${!found ? t("pages.impact_reading") : found.message ?? said(found)}<//>
    <${Answered} asked=${asked}>${() => found.updates && html`<div class="stack">
      <${Ledger} key="updates" name="updates" buckets=${found.updates} /><${Ledger} key="obligations"
        name="obligations" buckets=${found.obligations} /></div>`}<//>
  </div>`;
}

function said({ updates, obligations }) {
  const total = updates.reduce((sum, each) => sum + each.count, 0);
  const matched = updates.find((each) => each.id === "matched")?.count ?? 0;
  const missing = obligations.find((each) => each.id === "change_without_update")?.count ?? 0;
  const first = total ? t("pages.unmatched_said", { share: percent(matched / total),
    rest: total - matched }) : t("pages.unmatched_no_updates");
  return `${first}${gap()}${t("pages.unmatched_missing", { count: missing })}`;
}

function Ledger({ name, buckets }) {
  const full = buckets.filter((each) => each.count);
  const [open, set] = useState((full.find((each) => !GOOD.has(each.id)) ?? full[0])?.id);
  const bucket = buckets.find((each) => each.id === open);
  return html`<${Panel} title=${t(`pages.ledger_${name}`)} class="flush">
    <div class="buckets">${buckets.map((each) => html`<button key=${each.id} type="button"
      aria-pressed=${each.id === open} disabled=${!each.count} onClick=${() => set(each.id)}>
      <strong>${number(each.count)}</strong> ${t(`pages.bucket_${each.id}`)}</button>`)}</div>
    ${!bucket ? html`<${Empty}>${t("pages.ledger_empty")}<//>` : html`<ul class="rows">
      ${bucket.items.map((item) => html`<li key=${item.id}>
      <div class="line"><strong><${Subject} item=${item} /></strong></div>
      ${item.reason && html`<div class="note">${item.reason}</div>`}
      <details><summary class="note">${t("pages.record")}</summary><pre tabindex="0">${JSON.stringify(item.record,
        null, 1).slice(0, 4000)}</pre></details></li>`)}</ul>
      ${bucket.count > bucket.items.length && html`<p class="note">
        ${t("pages.listed_first", { shown: bucket.items.length, count: bucket.count })}</p>`}`}
  <//>`;
}

function Subject({ item }) {
  const id = item.record.ci_id ?? item.record.ci;
  return typeof id === "string" ? html`<a href=${addressOf(id)}>${id}</a> <span class="id">${item.id}</span>` : item.id;
}

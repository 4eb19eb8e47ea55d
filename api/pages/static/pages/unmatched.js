// Updates of the register against changes, and changes against updates: the buckets with what is in each.
import { useAsk } from "../ask.js";
import { editSentence } from "../changing/edits.js";
import { Answered, Empty, NotScoped, Panel, Sentence, isNotScoped, notYet } from "../common.js";
import { html, useState } from "../dom.js";
import { linked, placesOf } from "../links.js";
import { addressOf, changeAddress } from "../router.js";
import { gap, number, percent, t, time } from "../texts.js";
import { fieldOf } from "../words.js";
import { Period, periodOf } from "./choosing.js";

const GOOD = new Set(["matched", "met"]);

export function Unmatched({ place, query, moved }) {
  const period = periodOf(query);
  const asked = useAsk("unmatched", { period });
  const found = asked.data?.unmatchedChanges;
  if (isNotScoped(asked.failure)) return html`<${NotScoped} moved=${moved} />`;
  return html`<div>
    <${Sentence} moved=${moved} actions=${html`<${Period} place=${place} period=${period} />`}>
      ${!found ? notYet(asked) : found.message ?? said(found)}<//>
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
      <div class="line"><strong><${Subject} item=${item} /></strong><span><${What} record=${item.record} /></span>
        <span class="right note">${when(item.record)}</span></div>
      ${item.reason && html`<div class="note">${linked(item.reason, placesOf([], changesOf(item.record)),
        { byId: true })}</div>`}
      <details><summary class="note">${t("pages.record")}</summary><pre tabindex="0">${JSON.stringify(item.record,
        null, 1).slice(0, 4000)}</pre></details></li>`)}</ul>
      ${bucket.count > bucket.items.length && html`<p class="note">
        ${t("pages.listed_first", { shown: bucket.items.length, count: bucket.count })}</p>`}`}
  <//>`;
}

const changesOf = (record) => [record.change_id, ...record.claimed_by ?? []].filter(Boolean);

function Subject({ item: { id, record } }) {
  const ci = record.ci_id ?? record.ci ?? record.edit?.ci_id;
  if (record.change_id) return html`<a href=${changeAddress(record.change_id)}>${id}</a>`;
  return typeof ci === "string" ? html`<a href=${addressOf(ci)}>${ci}</a> <span class="id">${id}</span>` : id;
}

// What was done, or was to be done: the field with its values.
function What({ record: { edit, field, old, new: value } }) {
  if (edit) return editSentence(edit);
  if (!field) return null;
  if (field === "existence") return t(value ? "pages.was_created" : "pages.was_removed");
  return t("live.changed", { name: fieldOf("", field).name, old: worded(old), value: worded(value) });
}

const worded = (value) => (value === null || value === undefined ? "—" : typeof value === "object"
  ? JSON.stringify(value).slice(0, 200) : String(value).slice(0, 200));

function when({ at, due_at: due }) {
  return due ? t("live.due", { at: time(due) }) : at ? time(at) : "";
}

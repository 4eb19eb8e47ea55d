// Updates of the register against changes, and changes against updates: the buckets with what is in each.
import { ask, useAsk } from "../ask.js";
import { own } from "../base.js";
import { editSentence } from "../changing/edits.js";
import { Answered, Empty, NotScoped, Panel, Rest, Sentence, isNotScoped, notYet } from "../common.js";
import { html, useState } from "../dom.js";
import { useRest } from "../later.js";
import { linked, placesOf } from "../links.js";
import { addressOf, changeAddress } from "../router.js";
import { gap, number, percent, t, time } from "../texts.js";
import { choiceName, fieldOf } from "../words.js";
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
      ${["updates", "obligations"].map((name) => html`<${Ledger}
        key="${name} ${period}" name=${name} buckets=${found[name]} period=${period} />`)}</div>`}<//>
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

function Ledger({ name, buckets, period }) {
  const full = buckets.filter((each) => each.count);
  const [open, set] = useState((full.find((each) => !GOOD.has(each.id)) ?? full[0])?.id);
  const bucket = buckets.find((each) => each.id === open);
  return html`<${Panel} title=${t(`pages.ledger_${name}`)} class="flush">
    <div class="buckets">${buckets.map((each) => html`<button key=${each.id} type="button"
      aria-pressed=${each.id === open} disabled=${!each.count} onClick=${() => set(each.id)}>
      <strong>${number(each.count)}</strong> ${t(`pages.bucket_${each.id}`)}</button>`)}</div>
    ${!bucket ? html`<${Empty}>${t("pages.ledger_empty")}<//>` : html`<${Items} key=${bucket.id} bucket=${bucket}
      name=${name} period=${period} />`}
  <//>`;
}

function Items({ bucket, name, period }) {
  const { all, hasMore, more, failure } = useRest(bucket.items, bucket.count, async (after) =>
    listOf(await ask("unmatched_more", { period, after }), name, bucket.id));
  return html`<ul class="rows">${all.map((item) => html`<li key=${item.id}>
      <div class="line"><strong><${Subject} item=${item} /></strong><span><${What} item=${item} /></span>
        <span class="right note">${when(item.record)}</span></div>
      ${item.reason && html`<div class="note">${linked(item.reason, placesOf(cisOf(item), changesOf(item.record)),
        { byId: true })}</div>`}
      <details><summary class="note">${t("pages.record")}</summary><pre tabindex="0">${JSON.stringify(item.record,
        null, 1).slice(0, 4000)}</pre></details></li>`)}</ul>
    <${Rest} count=${bucket.count - all.length} hasMore=${hasMore} more=${more} failure=${failure} />`;
}

function listOf({ unmatchedChanges: found }, name, id) {
  if (found.message) throw new Error(found.message);
  return found[name].find((each) => each.id === id).items;
}

const cisOf = ({ record, names }) => [record.ci_id, record.edit?.ci_id].filter((id) => id && own(names, id))
  .map((ciId) => ({ ciId, name: own(names, ciId) }));
const changesOf = (record) => [record.change_id, ...record.claimed_by ?? []].filter(Boolean);

function Subject({ item: { id, record, names } }) {
  const ci = record.ci_id ?? record.ci ?? record.edit?.ci_id;
  const change = record.change_id;
  if (change) return html`<a href=${changeAddress(change)}>${own(names, change) ?? change}</a> <span class="id">${id}</span>`;
  return typeof ci === "string" ? html`<a href=${addressOf(ci)}>${own(names, ci) ?? ci}</a> <span class="id">${id}</span>` : id;
}

// What was done, or was to be done: the field with its values.
function What({ item: { names, record: { edit, field, old, new: value } } }) {
  if (edit) return editSentence(edit, names);
  if (!field) return null;
  if (field === "existence") return t(value ? "pages.was_created" : "pages.was_removed");
  return t("live.changed", { name: fieldOf("", field).name, old: worded(old, field), value: worded(value, field) });
}

const worded = (value, field) => (value === null || value === undefined ? "—" : typeof value === "object"
  ? JSON.stringify(value).slice(0, 200) : choiceName(field, String(value)).slice(0, 200));

function when({ at, due_at: due }) {
  return due ? t("live.due", { at: time(due) }) : at ? time(at) : "";
}

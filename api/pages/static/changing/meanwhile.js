// A change was altered while somebody was typing: nothing typed is lost, and what differs is shown beside it.
import { Panel } from "../common.js";
import { html } from "../dom.js";
import { number, t } from "../texts.js";
import { recordField } from "../words.js";
import { altered } from "./draft.js";
import { editSentence } from "./edits.js";

const NAMES = { start: "planned_start", end: "planned_end" }; // of fields that the record calls otherwise

// {draft, taken, both}: what was typed on what is kept now. `taken`: fields that the other altered and we did not;
// `both`: [{name, theirs}] of those that both altered, in which ours stays.
export function merged(was, ours, theirs) {
  const [mine, others] = [altered(was, ours), altered(was, theirs)];
  const differs = altered(ours, theirs);
  const taken = others.filter((name) => !mine.includes(name));
  const both = others.filter((name) => mine.includes(name) && differs.includes(name));
  const draft = { ...ours, ...Object.fromEntries(taken.map((name) => [name, theirs[name]])) };
  return { draft, taken, both: both.map((name) => ({ name, theirs: theirs[name] })) };
}

export function Meanwhile({ found, by, take }) {
  const name = (field) => recordField("changes", NAMES[field] ?? field);
  return html`<${Panel} title=${t("draft.meanwhile")} class="meanwhile">
    <p>${t("draft.meanwhile_by", { who: by?.actor ?? "—", revision: number(by?.number ?? 0) })}</p>
    ${found.taken.length > 0 && html`<p>${t("draft.meanwhile_taken", { fields: found.taken.map(name)
      .join(t("impact.comma")) })}</p>`}
    ${found.both.length > 0 && html`<p>${t("draft.meanwhile_both")}</p><ul class="plain">${found.both.map((each) => html`<li
      key=${each.name}><span><strong>${name(each.name)}</strong> ${valueOf(each.theirs)}</span>
      <button type="button" onClick=${() => take(each)}>${t("draft.meanwhile_take")}<span class="unseen">
        ${" "}${name(each.name)}</span></button></li>`)}</ul>`}
    ${!found.taken.length && !found.both.length && html`<p>${t("draft.meanwhile_nothing")}</p>`}
  <//>`;
}

function valueOf(value) {
  if (!Array.isArray(value)) return value || "—";
  return value.map((each) => (each.ciId ? t("compliance.part", { name: each.name,
    part: t(`impact.effect_${each.effect}`) })
    : (each.edits ?? [each]).map((edit) => editSentence(edit)).join(t("impact.comma")))).join(t("impact.comma")) || "—";
}

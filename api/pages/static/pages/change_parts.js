// Parts of the page of a change that only tell: what the risk is made of, who agrees and is told, papers, what differs.
import { ask } from "../ask.js";
import { own } from "../base.js";
import { Later, Panel, useSome } from "../common.js";
import { partName } from "../changing/needs.js";
import { html, useState } from "../dom.js";
import { keepFile } from "../files.js";
import { linked, placesOf } from "../links.js";
import { addressOf } from "../router.js";
import { Mark } from "../states.js";
import { duration, number, parts, t, time } from "../texts.js";
import { className, recordField } from "../words.js";
import { categoryName, placesIn } from "./change_words.js";

const PAPERS = [["back_out_plan", "backOutPlan"], ["test_evidence", "testEvidence"], ["assessment", "assessment"]];
const PLANS = ["implementation_plan", "failure_plan"]; // no step must ask for them: shown where they are
const STEADY = ["spofs_added", "spofs_removed", "dependencies_added", "dependencies_removed"];

export function Factors({ review }) {
  const found = review.factors.filter((each) => each.contribution).sort((a, b) => b.contribution - a.contribution);
  const rest = review.factors.length - found.length;
  const places = placesIn(review);
  const most = Math.max(1, ...found.map((each) => each.contribution));
  return html`<${Panel} title=${t("review.factors")} note=${t("rfc.model", { model: review.riskModel })} class="factors">
    <ul>${found.map((each) => html`<li key=${each.id}>
      <span class="what">${t(`review.factor_${each.id}`)}${each.unknown && html` <span class="tag at_risk">
        ${t("rfc.factor_unknown")}</span>`}</span>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="8" />
        <rect class="part" width=${(100 * each.contribution) / most} height="8" /></svg>
      <span class="number">+${number(each.contribution, 1)}</span>
      <${Records} factor=${each} places=${places} />
    </li>`)}</ul>
    ${rest > 0 && html`<p class="note">${t("rfc.factors_rest", { count: rest })}</p>`}
  <//>`;
}

// What has no page of its own, in words: a class, a paper that is missing, a conflict of a kind.
function recordWords(factor, record) {
  if (record.startsWith("class:")) return className(record.slice(6));
  if (record === factor) return factor === "approval" ? t("rfc.decision_of") : recordField("changes", record);
  return record.startsWith("outside_maintenance:") ? t("rfc.outside_maintenance") : record;
}

// what a number rests on: CIs and changes that have a page, or a class, a team
function Records({ factor, places }) {
  const [shown, more] = useSome(factor.records, 6);
  const said = `${number(factor.value, 3)} × ${number(factor.weight, 2)}`;
  return html`<span class="note records-of">${said}${shown.length > 0 && html` · ${shown.map((id, at) =>
    html`<span key=${id}>${at > 0 && t("impact.comma")}${places.has(id)
      ? html`<a href=${places.get(id).href}>${places.get(id).text}</a>` : recordWords(factor.id, id)}</span>`)}`} ${more}</span>`;
}

export function People({ review, change }) {
  return html`<${Panel} title=${t("rfc.people")} class="agrees flush">
    <div class="people"><h3>${t("review.approvers")}</h3><${Some} some=${review.approvers} none="rfc.approvers_none" />
      ${change && html`<${Voices} change=${change} />`}
      <h3>${t("review.notify")}</h3><${Some} some=${review.notify} none="rfc.notify_none" /></div>
  <//>`;
}

function Some({ some, none }) {
  const [shown, more] = useSome(some, 6);
  if (!some.length) return html`<p class="note">${t(none)}</p>`;
  return html`<ul class="plain">${shown.map((each, at) => html`<li key=${at}>${each.ciId
    ? html`<a href=${addressOf(each.ciId)}><strong>${each.ci?.name ?? each.ciId}</strong></a> ` : html`<strong>
      ${each.role === "change_authority" ? t("review.authority", { category: t(`review.category_${each.category
        ?? "none"}`) }) : each.message}</strong>`}
    ${each.services.length > 0 && html`<span class="note">${parts(`rfc.role_${each.role}`, {
      services: html`<${Names} some=${each.services} />` })}</span>`}</li>`)}</ul>${more}`;
}

function Names({ some }) {
  const shown = some.slice(0, 5);
  return html`${shown.map((each, at) => html`<span key=${each.ciId}>${at > 0 && t("impact.comma")}<a
    href=${addressOf(each.ciId)}>${each.name}</a></span>`)}${some.length > shown.length
    && ` ${t("pages.and_more", { count: some.length - shown.length })}`}`;
}

// What a voice was given on, as the file that was kept with it: `faultline check` verifies it without us.
function Evidence({ changeId, voice }) {
  const [state, set] = useState({});
  const keep = async () => {
    set({ waiting: true });
    try {
      const { change } = await ask("change_evidence", { changeId });
      const found = change?.voices.find((each) => each.decidedBy === voice.decidedBy && each.decidedAt === voice.decidedAt);
      if (!found?.evidence) throw new Error(t("rfc.evidence_none"));
      keepFile(`evidence-${changeId.replace(/[^\p{L}\p{N}._-]/gu, "_")}.json`, found.evidence);
      set({ kept: true });
    } catch (failure) {
      set({ failure });
    }
  };
  return html`<div class="actions evidence"><button type="button" disabled=${state.waiting} onClick=${keep}>
      ${t("rfc.evidence_keep")}</button>
    <span class="note" role="status">${state.failure?.message
      ?? (state.kept ? t("rfc.evidence_note", { hash: voice.evidenceHash }) : "")}</span>
  </div>`;
}

// Whose voices it needs and has, and what was said.
function Voices({ change }) {
  // decided without a voice: the decision came with the record, from where it is kept
  const isBrought = change.decision && !change.voices.length;
  return html`<h3>${t("rfc.voices")}</h3>
    ${change.decision && html`<p><${Mark} state=${change.decision === "approved" ? "UNAFFECTED" : "OUTAGE"}
      word=${t(`rfc.agrees_${change.decision === "approved" ? "approved" : "rejected"}`)} /> ${t(`rfc.decided_${change.decision === "approved" ? "approved" : "rejected"}`, {
      by: change.decidedBy ?? "—", at: change.decidedAt ? time(change.decidedAt) : "—" })}</p>`}
    ${isBrought && html`<p class="note">${t("rfc.decided_elsewhere")}</p>`}
    <ul class="plain">${!isBrought && change.voicesNeeded.map((need, at) => html`<li key=${at}>
      <${Mark} state=${need.by.length >= need.needed ? "UNAFFECTED" : "UNKNOWN"} word=${t(need.by.length >= need.needed
        ? "rfc.agrees_approved" : "rfc.agrees_waits")} /> ${t(need.authority ? "rfc.voices_authority" : "rfc.voices_needed", { authority: need.authority ?? "",
        needed: need.needed, have: need.by.length })}
      ${need.by.length > 0 && html`<span class="note"> ${need.by.join(t("impact.comma"))}</span>`}</li>`)}
    ${change.voices.map((voice) => html`<li key="${voice.decidedBy} ${voice.decidedAt}">
      <${Mark} state=${voice.decision === "approved" ? "UNAFFECTED" : "OUTAGE"} word=${t(`rfc.voice_${voice.decision}`)} />
      <strong> ${voice.decidedBy}</strong>${voice.onBehalfOf && html` ${t("rfc.on_behalf", { who: voice.onBehalfOf })}`}
      <span class="note"> ${voice.decidedAt && time(voice.decidedAt)}</span>
      ${voice.reason && html`<p class="note">${voice.reason}</p>`}
      <${Evidence} changeId=${change.changeId} voice=${voice} /></li>`)}</ul>
    ${!change.voices.length && !isBrought && html`<p class="note">${t("rfc.voices_none")}</p>`}`;
}

export function Papers({ change }) {
  const plans = PLANS.filter((name) => change.record[name]);
  return html`<${Panel} title=${t("rfc.papers")}><dl class="facts">${plans.map((name) => html`<dt key=${name}>
    ${recordField("changes", name)}</dt><dd class="written">${change.record[name]}</dd>`)}${PAPERS.map(([name, field]) => {
    const value = change[field];
    const text = value && typeof value === "object" && !Array.isArray(value)
      ? Object.entries(value).map(([kind, document]) => t("rfc.paper_part", {
        part: partName(name, kind), document })).join(t("impact.comma"))
      : Array.isArray(value) ? value.join(t("impact.comma")) : value;
    return html`<dt key=${name}>${recordField("changes", name)}</dt><dd>${text || html`<span class="tag at_risk">
      ${t("rfc.paper_missing")}</span>`}</dd>`;
  })}
    <dt>${recordField("changes", "back_out_time")}</dt><dd>${change.record.back_out_time === undefined ? "—"
      : duration(change.record.back_out_time)}</dd>
    <dt>${recordField("changes", "category")}</dt><dd>${categoryName(change.category)}</dd>
    <dt>${t("rfc.requested_by")}</dt><dd>${change.requestedBy ?? "—"}</dd>
    ${change.actualStart && html`<dt>${recordField("changes", "actual_start")}</dt><dd>${time(change.actualStart)}</dd>`}
    ${change.actualEnd && html`<dt>${recordField("changes", "actual_end")}</dt><dd>${time(change.actualEnd)}</dd>`}
    ${change.record.post_implementation_review && html`<dt>${recordField("changes", "post_implementation_review")}</dt>
      <dd>${change.record.post_implementation_review}</dd>`}
  </dl><//>`;
}

// What is otherwise once all is done, and what does not fit together then.
export function BeforeAfter({ review, later, again }) {
  return html`<${Panel} title=${t("rfc.before_after")} class="flush">
    <${Later} data=${review.beforeAfter} failure=${later} again=${again}>${(found) => html`
      <${Altered} found=${found} names=${review.beforeAfterNames} />`}<//>
  <//>`;
}

function Altered({ found, names }) {
  const name = (id) => own(names, id) ?? id;
  const places = placesOf(Object.entries(names).map(([ciId, said]) => ({ ciId, name: said })), []);
  const lines = [...found.flags.map((flag) => t(`review.reason_${flag.key}`, flag)),
    ...found.steady.map((each) => t("review.steady_service", { service: each.service,
      what: steadyOf(each).join(t("impact.comma")) })),
    ...found.cycles_added.map((cycle) => t("rfc.cycle_added", { cis: [].concat(cycle).map(name).join(" → ") }))];
  const [shown, more] = useSome(lines, 8);
  return html`${!lines.length && html`<p class="note">${t("rfc.before_after_none")}</p>`}
    <ul class="rows">${shown.map((line, at) => html`<li key=${at}>${linked(line, places)}</li>`)}</ul>${more}`;
}

function steadyOf(each) {
  const said = [];
  if (each.recovery_before !== each.recovery_after) {
    const [before, after] = [each.recovery_before, each.recovery_after].map((seconds) =>
      (seconds === null ? t("review.time_unknown") : duration(seconds)));
    said.push(t("review.steady_recovery", { before, after }));
  }
  for (const key of STEADY) {
    const ids = each[key] ?? [];
    const rest = ids.length > 5 ? ` ${t("pages.and_more", { count: ids.length - 5 })}` : "";
    if (ids.length) said.push(t(`review.steady_${key}`, { what: ids.slice(0, 5).join(t("impact.comma")) + rest }));
  }
  return said;
}

export function History({ change }) {
  const [shown, more] = useSome(change.history, 6);
  return html`<${Panel} title=${t("pages.history")} note=${t("pages.history_note", { revision: change.lastRevision })}
    class="flush"><ul class="rows">${shown.map((each) => html`<li key=${each.number}>
      <div class="line"><span class="number">${time(each.at)}</span><strong>${each.actor}</strong>
        <span class="right note">${t("pages.revision_number", { revision: each.number })}</span></div>
      <div class="note">${each.before === null ? t("pages.was_created") : each.after === null ? t("pages.was_removed")
        : alteredIn(each).map((name) => recordField("changes", name)).join(t("impact.comma"))}</div></li>`)}</ul>${more}
  <//>`;
}

function alteredIn({ before, after }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.filter((name) => JSON.stringify(own(before, name)) !== JSON.stringify(own(after, name)));
}

// What stands on the first page of paper beside the verdict and the picture: what was decided, and counts.
import { html } from "../dom.js";
import { number, t, time } from "../texts.js";
import { statusName, verdictName } from "../pages/change_words.js";

export function Sheet({ change, review }) {
  const { outage, degraded, atRisk } = review.impact.counts ?? {};
  const of = (state) => review.services.filter((each) => each.state === state).length;
  const emergent = review.conflicts.filter((each) => each.kind === "emergent_outage").flatMap((each) => each.services);
  const together = new Set(emergent.map((each) => each.ciId)).size;
  const counts = [
    t("schedule.count_alone", { counts: [
      t("schedule.count_services", { outage: of("OUTAGE"), degraded: of("DEGRADED"), at_risk: of("AT_RISK") }),
      outage !== undefined && t("schedule.count_cis", { outage, degraded, at_risk: atRisk })].filter(Boolean).join(" · ") }),
    together > 0 && t("schedule.count_together", { count: together }),
    t("schedule.count_conflicts", { count: review.conflicts.length }),
  ].filter(Boolean);
  return html`<div class="sheet"><p><strong>${t("schedule.decision")}</strong> ${decisionOf(change)}</p>
    <p><strong>${t("schedule.counts")}</strong> ${counts.join(" · ")}</p>
    ${review.evidenceHash && html`<p>${t("schedule.proof", { hash: review.evidenceHash, revision: number(review.revision) })}</p>`}</div>`;
}

function decisionOf(change) {
  if (!change) return "—";
  const status = statusName(change.status);
  if (change.decision) {
    return `${status} · ${t(`rfc.decided_${change.decision === "approved" ? "approved" : "rejected"}`, {
      by: change.decidedBy ?? "—", at: change.decidedAt ? time(change.decidedAt) : "—" })}`;
  }
  const needs = change.voicesNeeded.map((need) => t(need.authority ? "rfc.voices_authority" : "rfc.voices_needed",
    { authority: need.authority ?? "", needed: need.needed, have: need.by.length }));
  return [status, t("schedule.undecided"), ...needs].join(" · ");
}

export function AgendaSheet({ entries, reviews }) {
  const counts = ["BLOCK", "REVIEW", "PASS"].map((verdict) => `${verdictName(verdict)} ${number(entries.filter((each) =>
    reviews.get(each.changeId)?.verdict === verdict).length)}`);
  const voices = entries.reduce((sum, each) => sum + each.voices.length, 0);
  return html`<div class="sheet"><p><strong>${t("schedule.verdicts")}</strong> ${counts.join(" · ")}</p>
    <p><strong>${t("schedule.counts")}</strong> ${t("schedule.count_agenda", { count: entries.length, voices })}</p>
    <ul>${entries.slice(0, 24).map((each) => html`<li key=${each.changeId}>
      <span>${reviews.get(each.changeId)?.verdict ? verdictName(reviews.get(each.changeId).verdict) : "—"}</span>
      <span class="id">${each.changeId}</span> ${each.title}</li>`)}</ul></div>`;
}

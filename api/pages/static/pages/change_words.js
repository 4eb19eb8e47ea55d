// Words for changes: how far they are, of what kind, when; what the life cycle's file adds names itself.
import { placesOf } from "../links.js";
import { span, t, time } from "../texts.js";

export const STATUSES = ["draft", "submitted", "assessed", "approved", "scheduled", "implementing", "implemented",
  "reviewed", "closed", "rejected", "cancelled", "failed", "backed_out"];
export const CATEGORIES = ["emergency", "major", "standard", "simple"];
const SHAPES = { block: "OUTAGE", review: "DEGRADED", pass: "UNAFFECTED" };

export const statusName = (status) => (STATUSES.includes(status) ? t(`rfc.status_${status}`) : status ?? "—");
export const categoryName = (category) => (CATEGORIES.includes(category) ? t(`rfc.category_${category}`)
  : category ?? "—");
export const windowOf = (from, to) => (!from ? t("rfc.no_window") : to ? span(from, to)
  : t("rfc.open_window", { from: time(from).slice(5) }));
// The shape of a verdict or of how much a conflict weighs: `pass`, `review`, `block`.
export const shapeOf = (verdict) => SHAPES[verdict.toLowerCase()] ?? "UNKNOWN";
export const verdictName = (verdict) => t(`rfc.verdict_${verdict.toLowerCase()}`);

// An open incident that counts as a change (SEMANTICS 5); it has no page of its own.
export const isIncident = (id) => id.startsWith("incident:");
export const whoName = (id) => (isIncident(id) ? t("rfc.incident", { id: id.slice("incident:".length) }) : id);

// What a review names and has a page: CIs by their names, other changes.
export function placesIn(review, own) {
  const cis = [...(review.impact.seeds ?? []).map((each) => each.ci), ...review.services.map((each) => each.service),
    ...review.conflicts.flatMap((each) => [...each.cis ?? [], ...each.services])];
  return placesOf(cis.filter(Boolean), review.conflicts.flatMap((each) => each.changes), own);
}

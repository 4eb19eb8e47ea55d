// A change as it is being drafted: from nothing or from what is kept, as a document (faultline.change/1), and what is
// wrong with it, by field.
import { briefly } from "../edit/sheet.js";
import { addressed, isZone, momentOf } from "../moments.js";
import { ZONE, t } from "../texts.js";

export const EFFECTS = ["outage", "degraded", "retire"];
// texts that people write, by the field of the record; `true`: they come with a change and are no part of its document
export const PAPERS = { implementation_plan: true, back_out_plan: false, failure_plan: true, test_evidence: false };
const KEPT = ["releases", "problems", "attempts"]; // as they are: no field of the form shows them
const LISTS = ["test_evidence"];

export const blank = (cis = []) => ({
  title: "", category: "", team: "", template: "", start: "", end: "", back_out_time: "", zone: ZONE, affected: cis, edits: [],
  implementation_plan: "", back_out_plan: "", failure_plan: "", test_evidence: "",
});

// What is kept of a change, as the form has it.
export function draftOf(change) {
  const zone = isZone(change.zone) ? change.zone : ZONE;
  const typed = (moment) => (moment ? addressed(Date.parse(moment), zone).slice(0, 16) : "");
  const record = (name) => (LISTS.includes(name) ? [].concat(change.record[name] ?? []).join(", ")
    : change.record[name] ?? "");
  return {
    title: change.title, category: change.category ?? "", team: change.team ?? "", template: record("template"),
    start: typed(change.plannedStart), end: typed(change.plannedEnd), zone,
    back_out_time: change.record.back_out_time === undefined ? "" : briefly(change.record.back_out_time),
    affected: affectedOf(change),
    edits: Array.isArray(change.edits) ? change.edits : [],
    ...Object.fromEntries(Object.keys(PAPERS).map((name) => [name, record(name)])),
  };
}

// All of them; of those beyond the first hundred the record has the ids alone.
function affectedOf({ affected, record }) {
  const named = affected.map((each) => ({ ciId: each.ciId, name: each.ci?.name ?? each.ciId,
    ciClass: each.ci?.ciClass ?? "", effect: each.effect }));
  const known = new Set(named.map((each) => each.ciId));
  const others = [].concat(record.affected ?? []).map((text) => text.split("="))
    .filter(([ciId]) => !known.has(ciId)).map(([ciId, effect]) => ({ ciId, name: ciId, ciClass: "",
      effect: effect ?? record.effect ?? "outage" }));
  return [...named, ...others];
}

// The fields that differ between two drafts.
export const altered = (one, other) => Object.keys(one).filter((name) => JSON.stringify(one[name])
  !== JSON.stringify(other[name]));

const idsIn = (text) => text.split(/[\s,，、|;；]+/).filter(Boolean);
const present = (some) => Object.fromEntries(Object.entries(some).filter(([, value]) => value !== null
  && value !== undefined && value !== "" && !(Array.isArray(value) && !value.length)));

// `change`: what is kept of it; what the form does not show is said again, for a change is saved whole.
export function documentOf(draft, change = null) {
  return present({
    format: "faultline.change/1", change_id: change?.changeId, title: draft.title.trim(), category: draft.category,
    team: draft.team.trim(),
    window: draft.start ? present({ start: exact(draft.start, change?.plannedStart, draft.zone),
      end: exact(draft.end, change?.plannedEnd, draft.zone), zone: draft.zone }) : null,
    affected: draft.affected.map(({ ciId, effect }) => ({ ci_id: ciId, effect })),
    edits: draft.edits, back_out_time: draft.back_out_time.trim(), back_out_plan: draft.back_out_plan.trim(), test_evidence: idsIn(draft.test_evidence),
    assessment: change?.assessment,
    agreed_outage: change?.agreedOutages.map(({ service, from, to }) => present({ service, from, to })),
  });
}

// The seconds of a moment that nobody altered are kept.
function exact(text, kept, zone) {
  const moment = text ? momentOf(text, zone) : null;
  if (moment === null) return text || null;
  const same = kept && Math.floor(Date.parse(kept) / 60_000) * 60_000 === moment;
  return addressed(same ? Date.parse(kept) : moment, zone);
}

// Fields that come beside the document.
export function papersOf(draft, change = null) {
  const written = Object.entries(PAPERS).filter(([, beside]) => beside).map(([name]) => [name, draft[name].trim()]);
  return present({ ...Object.fromEntries(KEPT.map((name) => [name, change?.record[name]])), template: draft.template.trim(),
    ...Object.fromEntries(written) });
}

// {field: sentence} of what cannot be saved so. `kept`: the draft as it was read; its moments may lie in the past.
export function wrongIn(draft, kept = null, now = Date.now()) {
  const found = {};
  if (!draft.title.trim()) found.title = t("draft.wrong_title");
  if (!draft.category) found.category = t("draft.wrong_category");
  if (!isZone(draft.zone)) return { ...found, zone: t("draft.wrong_zone") };
  const [start, end] = ["start", "end"].map((name) => (draft[name] ? momentOf(draft[name], draft.zone) : undefined));
  if (start === null) found.start = t("draft.wrong_moment", { zone: draft.zone });
  if (end === null) found.end = t("draft.wrong_moment", { zone: draft.zone });
  if (end !== undefined && start === undefined) found.start = t("draft.wrong_open_start");
  if (start && end && end <= start) found.end = t(end === start ? "draft.wrong_length" : "draft.wrong_order");
  const isMoved = !kept || draft.start !== kept.start || draft.zone !== kept.zone;
  if (start && start < now && isMoved) found.start = t("draft.wrong_past");
  return found;
}

// Which field a refusal of the server is about, by the place that it names.
export function fieldOf({ params = {} }) {
  const at = String(params.at ?? "");
  if (at.startsWith("window")) return { start: "start", zone: "zone" }[params.field] ?? "end";
  if (at.startsWith("affected")) return "affected";
  if (at.startsWith("edits")) return "edits";
  const named = String(params.field ?? at);
  return ["title", "category", "team", "template", "back_out_time", ...Object.keys(PAPERS)].find((name) => named === name
    || at.startsWith(name)) ?? null;
}

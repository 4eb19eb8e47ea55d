// What decides the verdict of a change, in one sentence, the same on its page, in an agenda and on paper.
import { html } from "../dom.js";
import { linked } from "../links.js";
import { addressOf, changeAddress } from "../router.js";
import { clock, gap, number, parts, span, t } from "../texts.js";
import { isIncident, placesIn, whoName } from "./change_words.js";

const WAYS = 4; // sets of changes that the sentence names; the others are counted

// "Together with CHG-2 (22:00–23:00) or with CHG-3 (from 23:00) this goes down: Claims."
export function sentenceOf(review, own) {
  const ways = waysOf(review);
  if (ways.length) return together(ways, own);
  if (review.reasons.length) return linked(foremost(review.reasons).message, placesIn(review, own));
  return review.verdict === "PASS" && review.band !== "low" ? risky(review) : t(`rfc.said_${review.verdict.toLowerCase()}`);
}

// Of the worst ones that a service goes down, where one does: what is missing matters less.
const foremost = (reasons) => reasons.find((each) => each.severity === reasons[0].severity
  && each.key.startsWith("service_out")) ?? reasons[0];

// A verdict says whether something stands against it, the risk how much is at stake: neither is the other.
function risky({ band, score, factors }) {
  const [most] = [...factors].sort((a, b) => b.contribution - a.contribution);
  return t("rfc.said_pass_risky", { band: t(`review.band_${band}`), score: number(score),
    factor: t(`review.factor_${most.id}`) });
}

// The smallest sets of changes with which the change puts out what the first of them does, where that is what blocks it;
// none where it is blocked by itself, or not at all. Each of them strikes by itself (SEMANTICS 5).
export function waysOf(review) {
  if (review.verdict !== "BLOCK" || review.worst !== "in_company") return [];
  const some = review.conflicts.filter((each) => each.kind === "emergent_outage" && each.severity === "block");
  const wanted = (some[0]?.services ?? []).map((each) => each.ciId);
  return some.filter((each) => wanted.every((id) => each.services.some((service) => service.ciId === id)));
}

function together(ways, own) {
  const others = ways.slice(0, WAYS).map((each) => parts("rfc.way", { who: partners(each, own), window: windowSaid(each) }))
    .reduce((said, way) => parts("rfc.way_or", { ways: said, way }));
  const services = ways[0].services.flatMap((each, at) => [at > 0 && t("impact.comma"),
    html`<a href=${addressOf(each.ciId)}><strong>${each.name}</strong></a>`]);
  return [...parts("rfc.said_together", { others, services }), ways.length > WAYS
    && gap() + t("rfc.more_ways", { count: ways.length - WAYS })];
}

const windowSaid = ({ from, to }) => (to ? span(from, to) : t("rfc.open_window", { from: clock(from) }));

const partners = (conflict, own) => conflict.changes.filter((id) => id !== own).flatMap((id, at) => [at > 0
  && t("impact.and"), isIncident(id) ? whoName(id) : html`<a href=${changeAddress(id)}><strong>${id}</strong></a>`]);

// What if a change fails: the time to back it out, and services that are back later than promised. It comes after the verdict.
import { Later, Panel, useSome } from "../common.js";
import { html } from "../dom.js";
import { linked } from "../links.js";
import { Mark } from "../states.js";
import { duration, t } from "../texts.js";
import { placesIn, verdictName } from "./change_words.js";

const LATE = ["missed", "unknown"];

// by service; null until it is known
export const backOf = (review) => review.ifItFails && new Map(review.ifItFails.services.map((each) => [each.serviceId, each]));

// A cell of the table of services: how long it takes to come back, in red where that is longer than promised.
export function Back({ fails, back }) {
  if (!fails) return html`<span class="note" aria-label=${t("pages.waiting")}>…</span>`;
  if (!back || back.state !== "OUTAGE") return "—";
  const late = back.meetsRto === "missed" ? "late" : "";
  if (back.upperBound === null) {
    return html`<span class=${late || "note"} title=${back.message}>${t(back.upperReason === "unknown" || !back.upperReason
      ? "rfc.back_unknown" : "rfc.back_never")}</span>`;
  }
  return html`<strong class="number ${late}">${back.lowerBound === back.upperBound ? duration(back.upperBound)
    : t("rfc.back_between", { lower: duration(back.lowerBound), upper: duration(back.upperBound) })}</strong>`;
}

export function Fails({ review, later, again }) {
  return html`<${Panel} title=${t("review.if_it_fails")} class="fails flush">
    <${Later} data=${review.ifItFails} failure=${later} again=${again}>${(found) => html`
      <${Told} found=${found} review=${review} />`}<//>
  <//>`;
}

function Told({ found, review }) {
  const { backOut, services, complete } = found;
  const places = placesIn(review);
  const told = services.filter((each) => each.told).sort((a, b) => rankOf(a) - rankOf(b));
  const [shown, more] = useSome(told, 4);
  const state = backOut.fits === false ? "REVIEW" : backOut.fits ? "PASS" : null;
  return html`<ul class="rows">
    <li><div class="line">${state && html`<${Mark} state=${state === "PASS" ? "UNAFFECTED" : "DEGRADED"}
      word=${state === "PASS" ? t("rfc.fits") : verdictName(state)} />`}<span>${backOut.message}</span></div></li>
    ${shown.map((each) => html`<li key=${each.serviceId}><div class="line">
      <${Mark} ...${markOf(each)} /><span>${linked(each.message, places)}</span></div></li>`)}
  </ul>${more}
  ${!complete && html`<p class="note">${t("review.fails_incomplete")}</p>`}`;
}

// those that miss what was promised, then those of which that is not known
const rankOf = (each) => (each.overrun ? 0 : each.meetsRto ? LATE.indexOf(each.meetsRto) + 1 || 4 : 3);

function markOf(each) {
  if (each.overrun || each.meetsRto === "missed") return { state: "OUTAGE", word: t("rfc.back_late") };
  if (each.meetsRto === "kept") return { state: "UNAFFECTED", word: t("rfc.back_in_time") };
  return { state: "UNKNOWN", word: t(each.meetsRto ? "rfc.back_unknown" : "rfc.back_no_rto") };
}

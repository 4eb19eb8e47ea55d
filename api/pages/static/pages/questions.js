// Plain pages over four questions: single points, recovery, updates against changes, indicators; numbers with records.
import { html, useEffect } from "../dom.js";
import { t } from "../texts.js";
import { Continuity } from "./continuity.js";
import { Kpis } from "./kpis.js";
import { Spof } from "./spof.js";
import { Unmatched } from "./unmatched.js";

const QUESTIONS = [
  ["spof", "/questions/spof", Spof],
  ["continuity", "/continuity", Continuity],
  ["unmatched", "/questions/unmatched", Unmatched],
  ["kpi", "/kpi", Kpis],
];

export function Page({ params, query, moved }) {
  const [asked, place, Question] = QUESTIONS.find(([name]) => name === params.question) ?? QUESTIONS[0];
  useEffect(() => {
    document.title = `${t(`pages.question_${asked}`)} · Faultline`;
  });
  return html`<div>
    <nav class="tabs" aria-label=${t("pages.place_questions")}>${QUESTIONS.map(([name,
      address]) => html`<a key=${name} href=${address}
      aria-current=${name === asked ? "page" : undefined}>${t(`pages.question_${name}`)}</a>`)}</nav>
    <${Question} key=${asked} place=${place} query=${query} moved=${moved} />
  </div>`;
}

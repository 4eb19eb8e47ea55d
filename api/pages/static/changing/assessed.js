// What a draft comes to while somebody writes it: asked anew at each change, the last answer wins.
import { ask } from "../ask.js";
import { Panel, useSome } from "../common.js";
import { html, useEffect, useState } from "../dom.js";
import { linked } from "../links.js";
import { placesIn, shapeOf, verdictName } from "../pages/change_words.js";
import { Collision } from "../pages/changes.js";
import { addressOf } from "../router.js";
import { Mark } from "../states.js";
import { languageNow, number, t, time } from "../texts.js";

const PAUSE = 250; // milliseconds without a change before it is asked

// {review, failure, waiting}; `document`: null while there is nothing to ask about. A question that is overtaken is
// taken back.
export function useAssessed(document) {
  const key = document && JSON.stringify(document);
  const [state, set] = useState({ waiting: false });
  useEffect(() => {
    if (!key) {
      set({ waiting: false });
      return undefined;
    }
    const giving = new AbortController();
    set((old) => ({ ...old, waiting: true }));
    const timer = setTimeout(async () => {
      try {
        const given = [{ change: null, proposed: JSON.parse(key) }, { signal: giving.signal }];
        const { review } = await ask("review", ...given);
        const isReview = review.__typename === "Review";
        set(isReview ? { review, waiting: false } : { failure: review, waiting: false });
        // what would help takes longer, and is worth waiting for only once somebody has stopped writing
        const rest = isReview ? (await ask("review_rest", ...given)).review : null;
        if (rest?.passesIf) set({ review: { ...review, passesIf: rest.passesIf }, waiting: false });
      } catch (failure) {
        if (failure.name !== "AbortError") set({ failure, waiting: false });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      giving.abort();
    };
  }, [key, languageNow()]);
  return state;
}

// `wrong`: the draft cannot be asked about as it is.
export function Assessed({ state, own, missing, wrong }) {
  const { review, failure, waiting } = state;
  return html`<${Panel} title=${t("draft.assessed")} note=${t(waiting ? "pages.waiting" : "draft.assessed_note")}
    class="assessed ${waiting ? "waiting" : ""}">
    <div aria-live="polite" aria-busy=${waiting}>
      ${!review && !failure && html`<p class="note">${t(wrong ? "draft.assessed_wrong" : "draft.assessed_none")}</p>`}
      ${failure && html`<p class="wrong">${failure.message}</p>`}
      ${review && html`<p class="verdict-line"><${Mark} state=${shapeOf(review.verdict)}
        word=${verdictName(review.verdict)} /><span class="note">${t("draft.risk", { score: number(review.score),
        band: t(`review.band_${review.band}`) })}</span></p><p>${saidOf(review)}</p>`}
    </div>
    ${missing.length > 0 && html`<h3>${t("draft.missing")}</h3><ul class="plain">${missing.map((text) => html`<li
      key=${text}>${text}</li>`)}</ul>`}
    ${review && html`<${Parts} review=${review} own=${own} />`}
  <//>`;
}

// what two changes only do together is the news; else what the verdict asks for
function saidOf(review) {
  const together = review.worst === "in_company" && review.conflicts.find((each) => each.severity === "block");
  return together ? together.message : t(`rfc.said_${review.verdict.toLowerCase()}`);
}

function Parts({ review, own }) {
  const places = placesIn(review, own);
  const [services, moreServices] = useSome(review.services, 6);
  const [reasons, moreReasons] = useSome(review.reasons, 5);
  const [conflicts, moreConflicts] = useSome(review.conflicts, 4);
  const wishOf = (wish) => (wish.kind === "slot" ? t("rfc.wish_slot", { start: time(wish.params.start),
    verdict: t(`review.word_${wish.verdict.toLowerCase()}`) }) : wish.message);
  return html`
    <h3>${t("pages.services_hit")}</h3>
    ${!services.length && html`<p class="note">${t("rfc.services_none")}</p>`}
    <ul class="plain">${services.map((each) => html`<li key=${each.service.ciId}><${Mark} state=${each.state} />${" "}
      <a href=${addressOf(each.service.ciId)}><strong>${each.service.name}</strong></a></li>`)}</ul>${moreServices}
    ${reasons.length > 0 && html`<h3>${t("rfc.reasons")}</h3><ul class="plain">${reasons.map((each, at) => html`<li
      key=${at}><${Mark} state=${shapeOf(each.severity)} word=${verdictName(each.severity)} />${" "}
      <span>${linked(each.message, places)}</span></li>`)}</ul>${moreReasons}`}
    ${conflicts.length > 0 && html`<h3>${t("rfc.conflicts")}</h3><ul class="rows clashes">${conflicts.map((each) =>
      html`<${Collision} key=${each.id} conflict=${each} own=${own} />`)}</ul>${moreConflicts}`}
    ${review.passesIf?.length > 0 && html`<h3>${t("rfc.helps")}</h3>
      ${review.passesIf.length > 1 && html`<p class="note">${t("review.wishes_together")}</p>`}
      <ul class="plain">${review.passesIf.map((each, at) =>
      html`<li key=${at}>${linked(wishOf(each), places)}</li>`)}</ul>`}`;
}

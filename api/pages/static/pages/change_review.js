// The review of a change in two questions: first the verdict and what it rests on, then what it alters once it is done,
// what would help and the evidence, for which other windows are tried. Whoever decides does so on both, so they have to be of the same.
import { useAsk } from "../ask.js";
import { useEffect, useMemo, useRef, useState } from "../dom.js";
import { t } from "../texts.js";

const PAUSE = 250; // milliseconds without another question before the rest of it is asked
const NOT_YET = { beforeAfter: null, beforeAfterNames: null, passesIf: null, passesIfComplete: true, evidenceHash: null,
  ifItFails: null };

// {review, failure, waiting, later, again}. `later`: why the rest does not come; of `review` the rest is null until it is there.
export function useReview(given, skip) {
  const asked = useAsk("review", given, { skip });
  const said = reviewIn(asked);
  const isSettled = useSettled(JSON.stringify(given));
  const rest = useAsk("review_rest", given, { skip: !said || !isSettled });
  const more = reviewIn(rest);
  const isOne = Boolean(said && more && saidIn(said) === saidIn(more));
  const tried = useRef(null);
  useEffect(() => {
    const late = said && more && (more.revision < said.revision ? rest : asked);
    if (!late || isOne || late.waiting || late.failed) return;
    // the clock alone can make a difference, too; whatever stays one is asked about no second time
    const pair = JSON.stringify([said, more].map((each) => [each.revision, saidIn(each)]));
    if (tried.current === pair) return;
    tried.current = pair;
    late.again({ gently: true });
  }, [said, more, isOne, asked.waiting, rest.waiting]);
  const before = useRef(null);
  const review = useMemo(() => {
    const from = isOne ? more : NOT_YET;
    if (!said) return said;
    const whole = { ...said, ...Object.fromEntries(Object.keys(NOT_YET).map((name) => [name, from[name]])) };
    before.current = alike(before.current, whole);
    return before.current;
  }, [said, more, isOne]);
  const failure = asked.failure ?? (asked.data && !said ? asked.data.review : null);
  const later = rest.failure ?? (rest.data && !more ? rest.data.review
    : rest.failed && !isOne ? { message: t("live.unanswered") } : null);
  const again = (how) => {
    asked.again(how);
    rest.again(how);
  };
  return { review, failure, later, waiting: asked.waiting, again };
}

const reviewIn = ({ data }) => (data?.review.__typename === "Review" ? data.review : null);

// what a decision rests on
const saidIn = (review) => JSON.stringify([review.verdict, review.reasons.map((each) => each.key),
  review.conflicts.map((each) => each.id), review.services.map((each) => [each.service.ciId, each.state, each.leftWithoutRedundancy])]);

// The same with those parts of the one before that say the same: what is drawn from them need not be drawn again.
function alike(before, now) {
  return Object.fromEntries(Object.entries(now).map(([name, part]) => [name,
    before && part !== before[name] && JSON.stringify(part) === JSON.stringify(before[name]) ? before[name] : part]));
}

// Whether something has stood for a while: what somebody drags is not asked about whole at each step.
function useSettled(now) {
  const [settled, settle] = useState(now);
  useEffect(() => {
    const timer = setTimeout(settle, PAUSE, now);
    return () => clearTimeout(timer);
  }, [now]);
  return settled === now;
}

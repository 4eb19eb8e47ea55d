// Reviews of the changes of a meeting: two at a time, in the order of the agenda, so that the first can be decided on soon.
import { ask } from "../ask.js";
import { useEffect, useRef, useState } from "../dom.js";

const AT_ONCE = 2;

// {found: Map by changeId of a review or what was wrong with it, again(id)}: asked for anew at another revision.
export function useReviews(ids, revision) {
  const [found, set] = useState(new Map());
  const [turn, take] = useState(0);
  const held = useRef({ revision: null, reviews: new Map() });
  useEffect(() => {
    if (revision === undefined) return undefined;
    const given = new AbortController();
    // what was read stays there to be read until it comes anew
    if (held.current.revision !== revision) held.current = { revision, reviews: new Map() };
    const { reviews } = held.current;
    const waiting = ids.filter((id) => !reviews.has(id));
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const answer = await ask("agenda_review", { change: id }, { signal: given.signal }).then(({ review }) => review,
          (failure) => (failure.name === "AbortError" ? null : { message: failure.message }));
        if (!answer) return;
        reviews.set(id, answer);
        set((old) => new Map([...old, [id, answer]]));
      }
    };
    for (let count = 0; count < AT_ONCE; count += 1) work();
    return () => given.abort();
  }, [ids.join("\n"), revision, turn]);
  const again = (id) => {
    held.current.reviews.delete(id);
    take((count) => count + 1);
  };
  return { found, again };
}

// Parts of a page that nobody writes into: they go on by themselves as the register does.
import { newestNow, watchRevision } from "./ask.js";
import { useEffect, useRef } from "./dom.js";

const SOON = 800; // milliseconds after the first news
const PACE = 5000; // between two of them: an import writes several times in a second

// Asks anew what was asked with `alone` when the register has moved on; not while somebody points at it or is in it.
export function useFollowing(asked, room) {
  const at = asked.data?.revision;
  const last = useRef(0);
  useEffect(() => {
    if (at === undefined) return undefined;
    let timer = null;
    const go = () => {
      timer = null;
      if (document.hidden || room.current?.matches(":hover, :focus-within")) wait(PACE);
      else {
        last.current = Date.now();
        asked.again({ unseen: true });
      }
    };
    const wait = (time) => {
      timer = setTimeout(go, time);
    };
    const look = () => {
      if (timer === null && newestNow() > at) wait(Math.max(SOON + SOON * Math.random(), last.current + PACE - Date.now()));
    };
    look();
    const end = watchRevision(look);
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [at]);
}

// Asks anew a moment later, as long as what was asked for is still on its way; not for somebody whose session has ended.
export function useUntil(asked, isGoing, time) {
  useEffect(() => {
    const timer = isGoing && !asked.waiting && asked.failed !== 401
      && setTimeout(() => asked.again({ unseen: true }), time);
    return () => clearTimeout(timer);
  });
}

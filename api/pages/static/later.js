// Lists that come a page at a time: the pages after the first, asked for again when the first one has come anew.
import { useEffect, useRef, useState } from "./dom.js";

// `first`: the first page, if it is there; `next(cursor)`: asks for the one after a cursor. Gives all nodes, whether there
// are more, how to ask for them, and why that failed.
export function useLater(first, next) {
  const [later, add] = useState([]);
  const [failure, fail] = useState(null);
  const known = useRef(first);
  useEffect(() => {
    if (known.current === first || !first) return undefined;
    known.current = first;
    let gone = false;
    walked(first, next, later.length).then((pages) => !gone && add(pages), (problem) => !gone && fail(problem));
    return () => {
      gone = true;
    };
  }, [first]);
  const pages = first ? [first, ...later] : [];
  const last = pages[pages.length - 1];
  const seen = new Map(pages.flatMap((page) => page.nodes).map((node) => [node.run ?? node.ciId ?? node.id, node]));
  const more = async () => {
    try {
      add([...later, await next(last.pageInfo.endCursor)]);
      fail(null);
    } catch (problem) {
      fail(problem);
    }
  };
  return { all: [...seen.values()], hasMore: Boolean(last?.pageInfo.hasNextPage), more, failure };
}

// The same of a list whose first items came with their count: `next(id)` asks for those behind the one of an identifier.
export function useRest(first, count, next) {
  const [{ later, failure, ended }, set] = useState({ later: [] });
  const all = [...first, ...later];
  const more = async () => {
    try {
      const found = await next(all[all.length - 1].id);
      set({ later: [...later, ...found], ended: !found.length });
    } catch (problem) {
      set({ later, failure: problem });
    }
  };
  return { all, hasMore: !ended && all.length < count, more, failure };
}

async function walked(first, next, count) {
  const pages = [];
  for (let page = first; pages.length < count && page.pageInfo.hasNextPage; pages.push(page)) {
    page = await next(page.pageInfo.endCursor);
  }
  return pages;
}

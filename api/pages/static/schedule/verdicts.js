// Verdicts of the changes of a list: asked for a few at a time, so that the first stand there while the last are worked out.
import { ask } from "../ask.js";
import { html, useEffect, useState } from "../dom.js";
import { Mark } from "../states.js";
import { t } from "../texts.js";
import { shapeOf, verdictName } from "../pages/change_words.js";

const AT_ONCE = 10;

// {found: Map by changeId, isDone, failure}; all are asked for anew when the register is at another revision.
export function useVerdicts(ids, revision) {
  const [state, set] = useState({ revision: null, found: new Map() });
  const key = ids.join("\n");
  useEffect(() => {
    const given = new AbortController();
    const had = state.revision === revision ? state.found : new Map();
    const wanted = ids.filter((id) => !had.has(id));
    const go = async () => {
      const found = new Map(had);
      for (let at = 0; at < wanted.length; at += AT_ONCE) {
        const some = wanted.slice(at, at + AT_ONCE);
        const { changeVerdicts } = await ask("change_verdicts", { changes: some }, { signal: given.signal });
        for (const id of some) found.set(id, null); // of none that cannot be reviewed it is asked again
        for (const each of changeVerdicts) found.set(each.changeId, each);
        set({ revision, found: new Map(found) });
      }
    };
    if (wanted.length) go().catch((failure) => failure.name !== "AbortError" && set((old) => ({ ...old, failure })));
    return () => given.abort();
  }, [key, revision]);
  const found = state.revision === revision ? state.found : new Map();
  return { found, isDone: ids.every((id) => found.has(id)), failure: state.failure };
}

export function Verdict({ verdicts, id }) {
  if (!verdicts.found.has(id)) {
    return html`<span class="note">${t(verdicts.failure ? "schedule.verdict_none" : "schedule.verdict_waits")}</span>`;
  }
  const found = verdicts.found.get(id);
  if (!found) return html`<${Mark} state="UNKNOWN" word=${t("schedule.verdict_none")} />`;
  return html`<${Mark} state=${shapeOf(found.verdict)} word=${verdictName(found.verdict)} />`;
}

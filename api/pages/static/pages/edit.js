// A CI being edited: a form, then what would come of it, then saved as a whole; whoever was faster is shown beside.
import { ask } from "../ask.js";
import { Failed, Panel, Sentence, Skeleton } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { Conflict } from "../edit/conflict.js";
import { Fields } from "../edit/fields.js";
import { Leaving } from "../edit/leaving.js";
import { Preview } from "../edit/preview.js";
import { Related } from "../edit/related.js";
import { FIRST, OTHERS, baseOf, blank, inputOf, rebased, touched } from "../edit/sheet.js";
import { addressOf, letGo, navigate } from "../router.js";
import { number, t } from "../texts.js";
import { className } from "../words.js";

const kept = new Map(); // by ciId what is being typed: another language draws the page anew

async function readBase(ciId) {
  const { ci } = await ask("edit_form", { ciId, first: FIRST, others: OTHERS });
  return ci && baseOf(ci);
}

// What was being typed, if anything was: in words of another language it is previewed anew.
function resumed(ciId) {
  const found = kept.get(ciId);
  if (!found?.base || !touched(found.sheet)) return null;
  return { ...found, stage: found.fresh ? "conflict" : "form", errors: new Map(), said: null, sending: false };
}

// `saved` is called once all of it is written.
export function Edit({ ciId, moved, saved }) {
  const [state, set] = useState(() => resumed(ciId) ?? { stage: "reading", sheet: blank(), errors: new Map() });
  const now = useRef(state);
  const here = useRef(true);
  useEffect(() => () => {
    here.current = false;
  }, []);
  const [turns, turn] = useState(moved);
  const put = (given) => {
    now.current = { ...now.current, ...given };
    kept.set(ciId, now.current);
    set(now.current);
  };
  const goTo = (stage, given = {}) => {
    put({ stage, said: null, ...given });
    turn((count) => count + 1e6); // the heading of another stage takes the focus, as that of another page
    scrollTo(0, 0);
  };
  const read = () => readBase(ciId).then((base) => put({ stage: "form", base, failure: null }),
    (failure) => put({ failure }));
  useEffect(() => {
    if (!now.current.base) read();
  }, []);
  const { base, sheet, stage, errors } = state;
  if (state.failure) return html`<${Failed} failure=${state.failure} again=${read} />`;
  if (stage === "reading") {
    return html`<${Sentence} moved=${moved}>${t("edit.reading")}<//><${Skeleton} tall lines=${8} />`;
  }
  if (!base) return html`<${Sentence} moved=${moved} note=${t("pages.nowhere_more")}>
    ${t("pages.unknown_ci", { id: ciId.slice(0, 200) })}<//>`;

  const home = addressOf(ciId);
  const done = () => kept.delete(ciId);
  const change = (next) => put({ sheet: next(now.current.sheet), errors: new Map(), said: null });
  const send = async (dryRun) => {
    put({ sending: true, said: null });
    const typed = now.current.sheet;
    const { input, places } = dryRun ? inputOf(base, now.current.sheet) : state.asked;
    try {
      const { editCi } = await ask("edit", { input: { ...input, dryRun } });
      // somebody types on while it is being looked through
      if (dryRun && now.current.sheet !== typed) await send(true);
      else await took(editCi, input, places, dryRun);
    } catch (failure) {
      put({ said: failure.message });
    } finally {
      if (kept.has(ciId)) put({ sending: false });
    }
  };
  const took = async (answer, input, places, dryRun) => {
    switch (answer.__typename) {
      case "EditCiPayload":
        if (dryRun) return goTo("preview", { found: answer, asked: { input, places }, errors: new Map() });
        put({ sheet: blank() });
        done();
        if (!here.current) return undefined;
        letGo();
        saved();
        return navigate(home);
      case "RevisionConflict": {
        const fresh = await readBase(ciId);
        return fresh ? goTo("conflict", { fresh, since: answer.since }) : goTo("form", { said: answer.message });
      }
      default: {
        const found = wrongOf(answer, places, base);
        goTo("form", { errors: found.size ? found : new Map(), said: answer.message });
        return undefined;
      }
    }
  };
  const count = touched(sheet);
  // what is being written can no longer be discarded
  const leaving = html`<${Leaving} count=${state.sending && stage === "preview" ? 0 : count} discard=${() => { put({ sheet: blank() }); done(); }} />`;
  if (stage === "conflict" && state.fresh) {
    return html`<${Conflict} base=${base} fresh=${state.fresh} sheet=${sheet} since=${state.since} moved=${turns}
      go=${(taken) => goTo("form", { sheet: rebased(base, state.fresh, sheet, taken), base: state.fresh, fresh: null,
        errors: new Map() })} back=${() => goTo("form")} />${leaving}`;
  }
  if (stage === "preview") {
    return html`<${Preview} base=${base} found=${state.found} moved=${turns} saving=${state.sending}
      save=${() => send(false)} back=${() => goTo("form")} />
      ${state.said && html`<p class="wrong said" role="alert">${state.said}</p>`}${leaving}`;
  }
  const pending = sheet.added.some((row) => !row.other);
  const actions = html`<button type="button" class="primary" disabled=${!count || pending || state.sending}
      onClick=${() => send(true)}>${t("edit.preview")}</button>
    <button type="button" onClick=${() => navigate(home)}>${t("edit.cancel")}</button>`;
  const note = count ? t("edit.touched", { count }) : t("edit.untouched_note");
  return html`<${Sentence} moved=${turns} note=${`${note}${pending ? ` ${t("edit.pending")}` : ""}`} actions=${actions}>
      ${t("edit.title", { name: base.name, ci_class: className(base.ciClass) })}<//>
    ${state.said && html`<${Said} text=${state.said} errors=${errors} />`}
    <div class="columns editing">
      <div><${Fields} base=${base} sheet=${sheet} errors=${errors} change=${change} /></div>
      <div><${Related} base=${base} sheet=${sheet} errors=${errors} change=${change} />
        <${Panel} title=${t("edit.change")}><div class="form"><div class="field"><label for="change">
          ${t("edit.change_label")}</label><div class="entry"><input id="change" type="text" maxlength="200"
          value=${sheet.change} onInput=${(event) => change((old) => ({ ...old, change: event.target.value }))} />
          <p class="note">${t("edit.change_note", { revision: number(base.revision) })}</p></div></div></div><//></div>
    </div>${leaving}`;
}

// what was refused, with links to where it stands in the form
function Said({ text, errors }) {
  const first = errors.keys().next().value;
  const show = () => {
    const field = document.getElementById(first);
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
    field?.scrollIntoView({ block: "center" });
  };
  return html`<div class="failed refused" role="alert"><p>${text}</p>
    ${first && html`<button type="button" onClick=${show}>${t("edit.show")}</button>`}</div>`;
}

// where in the form something was refused: place -> sentence
function wrongOf(answer, places, base) {
  const found = new Map();
  const at = (place) => found.set(place, answer.message);
  const [, part, second, third] = answer.path ?? [];
  if (part === "ci") at(`field-${second === "attributes" ? third : second}`);
  else if (part === "relate" && places.relate[Number(second)]) at(places.relate[Number(second)]);
  if (answer.__typename === "QuorumBroken") {
    const own = [...base.rows.values()].some((row) => row.own && row.group === answer.group);
    at(answer.dependents.includes(base.ciId) && own ? `group-${answer.group}` : "field-status");
  }
  return found;
}

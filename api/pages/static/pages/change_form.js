// A change being drafted, or altered while it may be: a form, and beside it what it comes to, asked at every change.
import { ask } from "../ask.js";
import { Affected } from "../changing/affected.js";
import { Assessed, useAssessed } from "../changing/assessed.js";
import { altered, blank, documentOf, draftOf, fieldOf, papersOf, wrongIn } from "../changing/draft.js";
import { Edits } from "../changing/edits.js";
import { Fields, Papers } from "../changing/fields.js";
import { Meanwhile, merged } from "../changing/meanwhile.js";
import { Failed, Sentence, Skeleton } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { Leaving } from "../edit/leaving.js";
import { changeAddress, letGo, navigate } from "../router.js";
import { gap, t } from "../texts.js";
import { statusName } from "./change_words.js";

const OPEN = ["draft", "submitted", "assessed", "approved", "scheduled"]; // it can be altered until it begins
const GIVEN = 50; // CIs that an address may bring
const drafts = new Map(); // by change what is being typed: another language draws the page anew

export function Page({ params, query, moved }) {
  const key = params.changeId ?? "";
  const [state, set] = useState(() => drafts.get(key) ?? { errors: {} });
  const now = useRef(state);
  const told = useRef(null);
  const put = (given) => {
    now.current = { ...now.current, ...given };
    drafts.set(key, now.current);
    set(now.current);
  };
  const read = () => started(params.changeId, query).then((found) => put({ failure: null, ...found }),
    (failure) => put({ failure }));
  useEffect(() => {
    if (!now.current.draft) read();
    return () => {
      // what nobody touched is read anew when somebody comes again
      if (!now.current.draft || !altered(now.current.kept, now.current.draft).length) drafts.delete(key);
    };
  }, []);
  const { draft, kept, change, errors } = state;
  const title = params.changeId ? t("draft.title_edit", { title: change?.title ?? key }) : t("draft.title_new");
  useEffect(() => {
    document.title = `${title.slice(0, 80)} · Faultline`;
  });
  const local = draft ? wrongIn(draft, change ? kept : null) : {};
  const isWindow = !local.start && !local.end && !local.zone;
  const asking = draft && (draft.affected.length || draft.edits.length) && isWindow;
  const assessed = useAssessed(asking ? documentOf({ ...draft, title: draft.title || t("draft.untitled") }, change) : null);
  if (state.failure) return html`<${Failed} failure=${state.failure} again=${read} />`;
  if (state.closed) return html`<${Sentence} moved=${moved} note=${t("rfc.unknown_note")}>${state.closed}<//>`;
  if (!draft) return html`<${Sentence} moved=${moved}>${t("edit.reading")}<//><${Skeleton} tall lines=${8} />`;

  const count = altered(kept, draft).length;
  const write = (name, value) => {
    const { [name]: _, ...others } = now.current.errors;
    put({ draft: { ...now.current.draft, [name]: typeof value === "function" ? value(now.current.draft[name]) : value },
      errors: others, said: null });
  };
  const refuse = (said, wrong) => {
    put({ said, errors: wrong, sending: false });
    const first = Object.keys(wrong)[0];
    (first ? document.getElementById(`draft-${first}`) : told.current)?.focus();
  };
  const save = async (event) => {
    event.preventDefault();
    if (Object.keys(local).length) return refuse(t("draft.refused"), local);
    put({ sending: true, said: null, errors: {} });
    const typed = now.current.draft;
    try {
      const { saveChange: answer } = await ask("save_change", { document: documentOf(typed, change),
        papers: papersOf(typed, change), expectedRevision: change ? change.lastRevision : null });
      if (answer.__typename === "SaveChangePayload") {
        letGo();
        drafts.delete(key);
        now.current = {};
        navigate(changeAddress(answer.changeId));
      } else if (answer.__typename === "RevisionConflict" && change) await another();
      else refuse(answer.message, fieldOf(answer) ? { [fieldOf(answer)]: answer.message } : {});
    } catch (failure) {
      refuse(failure.message, {});
    }
    return undefined;
  };
  const another = async () => {
    const found = await started(params.changeId, query);
    if (found.closed) return put(found);
    const meanwhile = merged(kept, now.current.draft, found.kept);
    put({ ...found, draft: meanwhile.draft, meanwhile, sending: false, errors: {}, said: t("draft.meanwhile_said") });
    told.current?.focus();
    return undefined;
  };
  const take = ({ name, theirs }) => {
    write(name, theirs);
    put({ meanwhile: { ...now.current.meanwhile, both: now.current.meanwhile.both.filter((each) => each.name !== name) } });
  };
  const shown = { ...Object.fromEntries(["start", "end", "zone"].map((name) => [name, local[name]])), ...errors };
  const fields = { draft, put: write, errors: shown };
  const home = change ? changeAddress(change.changeId) : "/changes";
  return html`<form class="drafting" novalidate onSubmit=${save}
    onKeyDown=${(event) => { if (event.key === "Enter" && event.target.matches(".edits input")) event.preventDefault(); }}>
    <${Sentence} moved=${moved} note=${noteOf(change, count)} actions=${html`<button type="submit" class="primary"
      disabled=${state.sending}>${t(change ? "edit.save" : "draft.save")}</button>
      <button type="button" onClick=${() => navigate(home)}>${t("edit.cancel")}</button>`}>${title}<//>
    <div class="said" tabindex="-1" ref=${told} role="status">${state.sending ? t("rfc.going") : ""}
      ${state.said && html`<div class="failed refused" role="alert"><p>${state.said}</p></div>`}
      ${state.unknown?.length > 0 && html`<p class="wrong">${t("draft.unknown_cis", { ids: state.unknown
        .join(t("impact.comma")) })}</p>`}</div>
    ${state.meanwhile && html`<${Meanwhile} found=${state.meanwhile} by=${change?.history[0]} take=${take} />`}
    <div class="columns lead">
      <div>
        <${Fields} ...${fields} categories=${state.categories} />
        <${Affected} affected=${draft.affected} set=${(next) => write("affected", next)} error=${errors.affected} />
        <${Edits} edits=${draft.edits} set=${(next) => write("edits", next)} error=${errors.edits}
          named=${Object.fromEntries(draft.affected.map((each) => [each.ciId, each.name]))} />
        <${Papers} ...${fields} />
      </div>
      <div class="beside"><${Assessed} state=${assessed} own=${change?.changeId ?? "proposed"}
        wrong=${!isWindow} missing=${lackingIn(draft)} /></div>
    </div>
    <${Leaving} count=${count} discard=${() => { drafts.delete(key); now.current = {}; }} /></form>`;
}

// What the form begins with; `closed`: why there is no form.
async function started(changeId, query) {
  const [{ changeCategories: categories, me }, change] = await Promise.all([ask("change_categories"),
    changeId ? ask("change_form", { changeId }).then((data) => data.change) : null]);
  if (!me.may.includes("mutation.saveChange")) return { closed: t("draft.may_not") };
  if (changeId && !change) return { closed: t("rfc.unknown", { id: changeId.slice(0, 200) }) };
  if (change?.record.origin) return { closed: t("draft.other_origin", { origin: change.record.origin }) };
  if (change && !OPEN.includes(change.status ?? "draft")) {
    return { closed: t("draft.too_late", { status: statusName(change.status) }) };
  }
  if (change) {
    const draft = draftOf(change);
    return { categories, change, draft, kept: draft };
  }
  const wanted = [...new Set(query.getAll("ci"))].slice(0, GIVEN);
  const found = await Promise.all(wanted.map(async (ciId) => (await ask("draft_ci", { ciId })).ci));
  const there = found.filter((ci) => ci && ci.status !== "retired").map((ci) => ({ ciId: ci.ciId, name: ci.name,
    ciClass: ci.ciClass, effect: "outage" }));
  const unknown = wanted.filter((ciId) => !there.some((each) => each.ciId === ciId));
  return { categories, change: null, draft: blank(there), kept: blank(), unknown };
}

function noteOf(change, count) {
  const decided = change?.record.decision && t("draft.decided_again");
  return [change ? t("draft.note_edit", { status: statusName(change.status) }) : t("draft.note_new"),
    count > 0 && t("edit.touched", { count }), decided].filter(Boolean).join(gap());
}

// what a draft may lack and a change may not, once it is submitted
function lackingIn(draft) {
  return [!draft.title.trim() && t("draft.wrong_title"), !draft.category && t("draft.wrong_category"),
    !draft.start && t("draft.no_window"), !draft.affected.length && !draft.edits.length && t("draft.no_cis")].filter(Boolean);
}

// Coming changes: which need whoever reads this, which are in each other's way, and all of them by their windows.
import { ask, useAsk } from "../ask.js";
import { DraftLink } from "../changing/entry.js";
import { Answered, Empty, NotScoped, Panel, Sentence, isNotScoped, notYet, useSome } from "../common.js";
import { html, useEffect, useMemo, useState } from "../dom.js";
import { useLater } from "../later.js";
import { linked, placesOf } from "../links.js";
import { asked as addressed, changeAddress, navigate } from "../router.js";
import { Mark } from "../states.js";
import { day, gap, number, t } from "../texts.js";
import { News } from "./change_news.js";
import { CATEGORIES, STATUSES, categoryName, shapeOf, statusName, windowOf } from "./change_words.js";

const AHEAD = 14 * 86_400_000; // milliseconds
const NIGHT = 12 * 3_600_000; // a night goes from noon to noon
const MINE = 200; // changes that are looked through for what needs somebody
const PAGE = 50;
const WAITING = ["draft", "submitted", "assessed", "approved", "scheduled"];

export function Page({ query, moved }) {
  const [from] = useState(() => new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString());
  const to = new Date(Date.parse(from) + AHEAD).toISOString();
  const me = useAsk("may");
  const decides = me.data?.me.may.includes("mutation.decideChange");
  const mine = useAsk("changes_mine", { first: decides ? MINE : 1 }, { skip: !me.data });
  const conflicts = useAsk("change_conflicts", { from, to });
  useEffect(() => {
    document.title = `${t("pages.place_changes")} · Faultline`;
  });
  if (isNotScoped(conflicts.failure) || isNotScoped(mine.failure)) return html`<${NotScoped} moved=${moved} />`;
  const needing = decides ? mine.data?.changes.nodes.filter((each) => each.steps.some((step) => step.decides
    && step.allowed)) : [];
  return html`
    <${Opening} mine=${mine} needing=${needing} conflicts=${conflicts} decides=${decides} moved=${moved} />
    <div class="stack">
      ${needing?.length > 0 && html`<${Mine} changes=${needing} />`}
      <${News} />
      <${Collisions} asked=${conflicts} />
      <${Coming} query=${query} conflicts=${conflicts.data?.changeConflicts.conflicts ?? []} />
    </div>`;
}

// "4 of 31 coming changes need you; 1 night has a collision."
function Opening({ mine, needing, conflicts, decides, moved }) {
  const found = conflicts.data?.changeConflicts;
  const count = mine.data?.changes.totalCount;
  if (count === undefined || !found) {
    return html`<${Sentence} moved=${moved}>${notYet(mine.failure ? mine : conflicts)}<//>`;
  }
  const nights = new Set(found.conflicts.map((each) => day(Date.parse(each.from) - NIGHT))).size;
  const blocked = found.conflicts.some((each) => each.severity === "block");
  const notes = [!decides && t("rfc.decides_not"),
    decides && count > MINE && t("rfc.mine_first", { first: MINE }),
    t(found.complete ? "rfc.conflicts_complete" : "rfc.conflicts_incomplete", { k: found.k })].filter(Boolean);
  return html`<${Sentence} moved=${moved} tone=${blocked ? "outage" : nights ? "degraded" : ""}
    note=${notes.join(gap())} actions=${html`<${DraftLink} class="primary" />`}>
    ${!count ? t("rfc.said_none") : t("rfc.said_mine", { mine: needing.length, count })}${gap()}
    <strong>${nights ? t("rfc.said_nights", { nights }) : t("rfc.said_no_nights")}</strong>
  <//>`;
}

function Mine({ changes }) {
  const [shown, more] = useSome(changes, 8);
  return html`<${Panel} title=${t("rfc.mine")} note=${number(changes.length)} class="flush">
    <${Table} changes=${shown} />${more}<//>`;
}

function Collisions({ asked }) {
  const [shown, more] = useSome(asked.data?.changeConflicts.conflicts ?? [], 8);
  return html`<${Panel} title=${t("rfc.collisions")} note=${t("rfc.collisions_note")} class="flush">
    <${Answered} asked=${asked}>${({ changeConflicts: found }) => html`
      ${!found.conflicts.length && html`<${Empty}>${t("rfc.collisions_none")}<//>`}
      <ul class="rows collisions">${shown.map((each) => html`<${Collision} key=${each.id} conflict=${each} />`)}</ul>
      ${more}
      ${found.notes.map((note) => html`<p key=${note} class="note">${note}</p>`)}
      ${found.othersPossible && html`<p class="note">${t("rfc.others_possible", { k: found.k })}</p>`}
    `}<//>
  <//>`;
}

// A conflict as a sentence, with links to whom it is about.
export function Collision({ conflict, own }) {
  const places = placesOf([...conflict.cis, ...conflict.services], conflict.changes, own);
  return html`<li><div class="line">
    <${Mark} state=${shapeOf(conflict.severity)} word=${t(`pages.severity_${conflict.severity}`)} />
    <strong>${linked(conflict.message, places, { byId: true })}</strong>
    <span class="right note">${windowOf(conflict.from, conflict.to)}</span></div></li>`;
}

function filterOf(query) {
  const [text, status, category] = ["text", "status", "category"].map((name) => query.get(name) || null);
  // whoever asks for a status by name gets those that are over, too
  return { text, status: status && [status], category: category && [category], active: status ? null : true };
}

function Coming({ query, conflicts }) {
  const filter = useMemo(() => filterOf(query), [query.toString()]);
  const asked = useAsk("changes", { filter, first: PAGE, after: null });
  const { all, hasMore, more, failure } = useLater(asked.data?.changes,
    async (after) => (await ask("changes", { filter, first: PAGE, after })).changes);
  const severities = useMemo(() => severitiesOf(conflicts), [conflicts]);
  const isFiltered = Boolean(filter.text || filter.status || filter.category);
  return html`<${Panel} title=${t(filter.status ? "rfc.found" : "rfc.coming")}
    note=${asked.data && number(asked.data.changes.totalCount)} class="flush">
    <${Filters} query=${query} />
    <${Answered} asked=${asked} tall>${({ changes }) => html`
      ${!all.length && html`<${Empty}>${t(isFiltered ? "rfc.found_none" : "rfc.coming_none")}<//>`}
      ${all.length > 0 && html`<${Table} changes=${all} severities=${severities} />`}
      ${failure && html`<p class="note">${failure.message}</p>`}
      ${hasMore && html`<button type="button" class="more" onClick=${more}>
        ${t("pages.more", { count: changes.totalCount - all.length })}</button>`}`}<//>
  <//>`;
}

// {changeId: the worst of the conflicts that it is in}
function severitiesOf(conflicts) {
  const found = new Map();
  for (const { changes, severity } of conflicts) {
    for (const id of changes) if (found.get(id) !== "block") found.set(id, severity);
  }
  return found;
}

function Filters({ query }) {
  const given = Object.fromEntries(["text", "status", "category"].map((name) => [name, query.get(name) ?? ""]));
  const go = (more) => navigate(`/changes${addressed({ ...given, ...more })}`, { replace: true });
  const submit = (event) => {
    event.preventDefault();
    go({ text: event.target.elements.text.value.trim() });
  };
  const choice = (name, values, word) => html`<label><span class="note">${t(`rfc.filter_${name}`)}</span>
    <select value=${given[name]} onChange=${(event) => go({ [name]: event.target.value })}>
      <option value="" selected=${!given[name]}>${t(name === "status" ? "rfc.filter_active" : "rfc.filter_all")}</option>
      ${values.map((value) => html`<option key=${value} value=${value} selected=${value === given[name]}>
        ${word(value)}</option>`)}</select></label>`;
  return html`<form class="filters" role="search" aria-label=${t("rfc.filter")} onSubmit=${submit}>
    <label class="text"><span class="note">${t("rfc.filter_text")}</span>
      <input name="text" type="text" maxlength="200" value=${given.text} /></label>
    ${choice("status", STATUSES, statusName)}${choice("category", CATEGORIES, categoryName)}
    <button type="submit">${t("rfc.filter_go")}</button>
  </form>`;
}

// still waiting to be carried out, though its time is over
const isOver = (each) => WAITING.includes(each.status) && each.plannedEnd && Date.parse(each.plannedEnd) < Date.now();

function Table({ changes, severities }) {
  return html`<div class="scroll"><table class="cards">
    <thead><tr><th>${t("rfc.column_change")}</th><th>${t("rfc.column_window")}</th><th>${t("rfc.column_category")}</th>
      <th>${t("rfc.column_status")}</th><th>${t("rfc.column_team")}</th></tr></thead>
    <tbody>${changes.map((each) => html`<tr key=${each.changeId}>
      <th scope="row"><a href=${changeAddress(each.changeId)}><strong>${each.title}</strong></a>
        <span class="id"> ${each.changeId}</span>${severities?.has(each.changeId) && html`<div>
        <${Mark} state=${shapeOf(severities.get(each.changeId))} word=${t("rfc.collides")} /></div>`}</th>
      <td data-label=${t("rfc.column_window")}><span class="number">${windowOf(each.plannedStart, each.plannedEnd)}</span>
        ${severities && isOver(each) && html`<div class="note">${t("rfc.over")}</div>`}</td>
      <td data-label=${t("rfc.column_category")}>${categoryName(each.category)}</td>
      <td data-label=${t("rfc.column_status")}>${statusName(each.status)}</td>
      <td data-label=${t("rfc.column_team")}>${each.team ?? "—"}</td>
    </tr>`)}</tbody></table></div>`;
}

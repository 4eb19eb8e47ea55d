// All coming changes, or those that are asked for: the address holds what is asked.
import { ask, useAsk } from "../ask.js";
import { Answered, Empty, Failed, Panel } from "../common.js";
import { html, useMemo } from "../dom.js";
import { useLater } from "../later.js";
import { asked as addressed, navigate } from "../router.js";
import { beginOf, daysAfter } from "../schedule/periods.js";
import { useVerdicts } from "../schedule/verdicts.js";
import { number, t } from "../texts.js";
import { Saved, Table, severitiesOf } from "./change_list.js";
import { CATEGORIES, STATUSES, categoryName, statusName, verdictName } from "./change_words.js";

const PAGE = 50;
const NAMES = ["text", "status", "category", "verdict", "team", "from", "to"];
const VERDICTS = ["block", "review", "pass"];

const isoOf = (text) => (/^\d{4}-\d\d-\d\d$/.test(text ?? "") && beginOf(text) !== null
  ? new Date(beginOf(text)).toISOString() : null);

function filterOf(query) {
  const [text, status, category, team] = ["text", "status", "category", "team"].map((name) => query.get(name) || null);
  const last = isoOf(query.get("to")) && daysAfter(query.get("to"), 1); // both days are meant
  // whoever asks for a status by name gets those that are over, too
  return { text, team, status: status && [status], category: category && [category], active: status ? null : true,
    from: isoOf(query.get("from")), to: isoOf(last) };
}

export function Coming({ query, conflicts }) {
  const filter = useMemo(() => filterOf(query), [query.toString()]);
  const severities = useMemo(() => severitiesOf(conflicts), [conflicts]);
  const verdict = VERDICTS.includes(query.get("verdict")) ? query.get("verdict").toUpperCase() : null;
  const isFiltered = NAMES.some((name) => query.get(name));
  // what is over and was not carried out is a list of its own, folded: it would fill the first pages
  const now = useListed({ ...filter, missed: false }, verdict);
  const over = useListed({ ...filter, missed: true }, verdict);
  const nothing = now.asked.data && over.asked.data && !now.shown.length && !over.shown.length;
  return html`<${Panel} title=${t(filter.status ? "rfc.found" : "rfc.coming")}
    note=${now.asked.data && number(now.asked.data.changes.totalCount)} class="flush">
    <${Filters} query=${query} />
    <${Answered} asked=${now.asked} tall>${() => html`
      ${nothing && html`<${Empty}>${t(isFiltered ? "rfc.found_none" : "rfc.coming_none")}<//>`}
      <${Listed} list=${now} severities=${severities} wanted=${verdict} />`}<//>
    ${over.asked.failure && html`<${Failed} failure=${over.asked.failure} again=${over.asked.again} />`}
    ${over.asked.data?.changes.totalCount > 0 && html`<details class="over" open=${now.asked.data
      && !now.asked.data.changes.totalCount}><summary>${t("rfc.over_of", { count: over.asked.data.changes.totalCount })}
      </summary><${Listed} list=${over} severities=${severities} wanted=${verdict} /></details>`}
  <//>`;
}

// Changes a page at a time with their verdicts: those of a verdict, where one is wanted, among those that are there.
function useListed(filter, wanted) {
  const asked = useAsk("changes", { filter, first: PAGE, after: null });
  const later = useLater(asked.data?.changes, async (after) => (await ask("changes", { filter, first: PAGE, after })).changes);
  const verdicts = useVerdicts(later.all.map((each) => each.changeId), asked.data?.revision);
  // what is not judged yet may be one of them: it stands there until that is known
  const shown = wanted ? later.all.filter(({ changeId }) => !verdicts.found.has(changeId)
    || verdicts.found.get(changeId)?.verdict === wanted) : later.all;
  return { asked, ...later, verdicts, shown };
}

function Listed({ list, severities, wanted }) {
  const { asked, all, hasMore, more, failure, verdicts, shown } = list;
  const { totalCount: count } = asked.data.changes;
  return html`${shown.length > 0 && html`<${Table} changes=${shown} severities=${severities} verdicts=${verdicts} />`}
    ${wanted && html`<p class="note" role="status">${t("schedule.of_verdict", { shown: shown.length,
      judged: all.length, count })}</p>`}
    ${(failure ?? verdicts.failure) && html`<p class="note">${(failure ?? verdicts.failure).message}</p>`}
    ${hasMore && html`<button type="button" class="more" onClick=${more}>
      ${t("pages.more", { count: count - all.length })}</button>`}`;
}

function Filters({ query }) {
  const given = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  const address = `/changes${addressed(given)}`;
  const go = (more) => navigate(`/changes${addressed({ ...given, ...more })}`, { replace: true });
  const submit = (event) => {
    event.preventDefault();
    const { text, team, from, to } = event.target.elements;
    go({ text: text.value.trim(), team: team.value.trim(), from: from.value, to: to.value });
  };
  const choice = (name, label, all, values, word) => html`<label><span class="note">${label}</span>
    <select value=${given[name]} onChange=${(event) => go({ [name]: event.target.value })}>
      <option value="" selected=${!given[name]}>${all}</option>
      ${values.map((value) => html`<option key=${value} value=${value} selected=${value === given[name]}>
        ${word(value)}</option>`)}</select></label>`;
  const date = (name) => html`<label><span class="note">${t(`schedule.filter_${name}`)}</span>
    <input type="date" name=${name} defaultValue=${given[name]} /></label>`;
  // what somebody writes stays while answers arrive: a `value` would be put back at each of them
  return html`<form class="filters" role="search" aria-label=${t("rfc.filter")} onSubmit=${submit} key=${address}>
    <label class="text"><span class="note">${t("rfc.filter_text")}</span>
      <input name="text" type="text" maxlength="200" defaultValue=${given.text} /></label>
    ${choice("status", t("rfc.filter_status"), t("rfc.filter_active"), STATUSES, statusName)}
    ${choice("category", t("rfc.filter_category"), t("rfc.filter_all"), CATEGORIES, categoryName)}
    ${choice("verdict", t("schedule.column_verdict"), t("rfc.filter_all"), VERDICTS, verdictName)}
    <label><span class="note">${t("rfc.column_team")}</span>
      <input name="team" type="text" maxlength="200" defaultValue=${given.team} /></label>
    ${date("from")}${date("to")}
    <button type="submit">${t("rfc.filter_go")}</button>
    ${NAMES.some((name) => given[name]) && html`<a class="button" href="/changes">${t("schedule.filter_all")}</a>`}
  </form><${Saved} address=${address} />`;
}

// What is known of a CI: relationships a page at a time, redundancy groups, attributes with their source, history.
import { own } from "../base.js";
import { ask, useAsk } from "../ask.js";
import { Answered, Empty, Panel, Skeleton, useSome } from "../common.js";
import { html, useMemo } from "../dom.js";
import { useLater } from "../later.js";
import { addressOf, changeAddress } from "../router.js";
import { duration, number, parts, t, time } from "../texts.js";
import { className, fieldOf, typeName } from "../words.js";

const PAGE = 12;

export function Relationships({ ciId }) {
  const asked = useAsk("relationships", { ciId, first: PAGE, afterProvider: null, afterDependent: null });
  return html`<${Panel} title=${t("pages.relationships")} class="flush">
    <${Answered} asked=${asked}>${({ ci }) => ci && html`<div class="pair halves">
      <${Side} ciId=${ciId} side="providers" page=${ci.providers} />
      <${Side} ciId=${ciId} side="dependents" page=${ci.dependents} />
    </div>`}<//>
  <//>`;
}

function Side({ ciId, side, page }) {
  const { all, hasMore, more, failure } = useLater(page, async (after) => {
    const cursor = { [side === "providers" ? "afterProvider" : "afterDependent"]: after };
    const { ci } = await ask("relationships", { ciId, first: PAGE * 4, afterProvider: null, afterDependent: null,
      ...cursor });
    return ci[side];
  });
  return html`<div><h3>${t(`pages.${side}`)} <span class="note">${number(page.totalCount)}</span></h3>
    ${!all.length && html`<p class="note">${t(`pages.${side}_none`)}</p>`}
    <ul class="plain">${all.map((each) => {
      const other = each.source.ciId === ciId ? each.target : each.source;
      const extra = [className(other.ciClass), typeName(each.type), each.strength === "soft" && t("pages.soft"),
        each.redundancyGroup && t("pages.in_group", { group: each.redundancyGroup })].filter(Boolean);
      return html`<li key=${each.id}><a href=${addressOf(other.ciId)}><strong>${other.name}</strong></a> <span
        class="note">${extra.join(" · ")}</span></li>`;
    })}</ul>
    ${hasMore && html`<button type="button" class="more" onClick=${more}>
      ${t("pages.more", { count: page.totalCount - all.length })}</button>`}
    ${failure && html`<p class="note">${failure.message}</p>`}
  </div>`;
}

export function Groups({ ci }) {
  const [shown, more] = useSome(ci?.redundancyGroups ?? [], 8);
  if (ci && !ci.redundancyGroups.length) return null;
  return html`<${Panel} title=${t("pages.groups")} note=${t("pages.groups_note")} class="flush">
    ${!ci ? html`<${Skeleton} />` : html`<ul class="rows">${shown.map((group) => html`<li key=${group.name}>
      <div class="line"><strong>${group.name}</strong>
        <span class="note">${t("pages.group_needs", { needed: group.needed, members: group.members.length })}</span>
        <span class="right"><span class="tag ${group.margin === 0 ? "at_risk" : ""}">
          ${t("pages.margin", { margin: group.margin })}</span></span></div>
      <div class="note">${group.members.map((member, at) =>
        html`<span key=${member.ciId}>${at > 0 && t("impact.comma")}<a href=${addressOf(member.ciId)}>
        ${member.name}</a></span>`)}</div>
    </li>`)}</ul>${more}`}
  <//>`;
}

// A value as its field says: durations in words, times in the zone, references as links.
function Value({ type, value }) {
  if (value === null || value === undefined) return "—";
  if (type === "duration" && typeof value === "number") return duration(value);
  if (type === "time" && typeof value === "string") return html`<span class="number">${time(value)}</span>`;
  if (type === "ci" && typeof value === "string") return html`<a href=${addressOf(value)}>${value}</a>`;
  const text = typeof value === "string" ? value : typeof value === "number" ? number(value, 6) : JSON.stringify(value);
  return text.length > 400 ? html`<details><summary>${text.slice(0, 200)}…</summary>${text}</details>` : text;
}

export function Attributes({ ci }) {
  if (!ci) return html`<${Panel} title=${t("pages.attributes")}><${Skeleton} lines=${6} /><//>`;
  const names = Object.keys(ci.attributes);
  return html`<${Panel} title=${t("pages.attributes")} note=${t("pages.attributes_note", { count: names.length })}>
    ${!names.length && html`<${Empty}>${t("pages.attributes_none")}<//>`}
    <dl class="facts">
      ${[["owner", ci.owner], ["site", ci.site]].filter(([, one]) => one).map(([name,
        one]) => html`<dt key=${name}>${fieldOf(ci.ciClass, name).name}</dt><dd><a href=${addressOf(one.ciId)}>
        ${one.name}</a></dd>`)}
      ${names.map((name) => {
      const field = fieldOf(ci.ciClass, name);
      const from = originOf(ci.history, name);
      return html`<dt key=${name}>${field.name}</dt><dd><div class="value"><${Value} type=${field.type}
        value=${name === "criticality" ? t(`impact.criticality_${ci.attributes[name]}`)
        : ci.attributes[name]} /></div>${" "}
        <${Origin} source=${own(ci.sources, name) ?? ci.sources["*"]} since=${from?.at} /></dd>`;
    })}</dl>
  <//>`;
}

// who said so, and for how long it has been so, each a word of its own
function Origin({ source, since }) {
  return html`<div class="note origin"><span>${source}</span>${since && html`${" "}<span title=${time(since)}>
    ${t("edit.age", { age: duration(Math.max(0, (Date.now() - new Date(since)) / 1000)) })}</span>`}</div>`;
}

// the revision that gave an attribute its value, of those that are known here
const originOf = (history, name) => history.find((each) => !same(own(each.before, name), own(each.after, name)));
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Of the CI itself, and what changes wrote to its relationships, the newest first.
export function History({ ci }) {
  const all = useMemo(() => [...(ci?.history ?? []).map((revision) => ({ revision })), ...ci?.relationshipHistory ?? []]
    .sort((a, b) => b.revision.number - a.revision.number), [ci]);
  const [shown, more] = useSome(all, 5);
  return html`<${Panel} title=${t("pages.history")}
    note=${ci && t("pages.history_note", { revision: number(ci.lastRevision) })} class="flush">
    ${!ci ? html`<${Skeleton} />` : html`<ul class="rows">${shown.map(({ revision: each, ...related }) => html`<li
      key=${each.number}><div class="line"><span class="number">${time(each.at)}</span><strong>${each.actor}</strong>
        ${each.change && html`<a href=${changeAddress(each.change)}>${each.change}</a>`}
        <span class="right note">${each.source}</span></div>
      ${related.type ? html`<${Related} revision=${each} related=${related} />` : html`<${Changed} ci=${ci}
        revision=${each} />`}
    </li>`)}</ul>${more}
    ${ci.history.length > 0 && ci.history[ci.history.length - 1].previous > 0 && html`<p class="note">
      ${t("pages.history_older")}</p>`}`}
  <//>`;
}

// A relationship that a change made, altered or ended.
function Related({ revision: { before, after, number: at }, related }) {
  const end = (side) => html`<a href=${addressOf(related[`${side}Id`])}>${related[`${side}Name`] ?? related[`${side}Id`]}</a>`;
  const what = parts("pages.history_relationship", { source: end("source"), type: typeName(related.type),
    target: end("target") });
  return html`<div class="note">${t("pages.revision_number", { revision: number(at) })}</div><div>
    ${t(`pages.relationship_${!before ? "made" : after ? "altered" : "ended"}`)} ${what}</div>`;
}

function Changed({ ci, revision }) {
  const { before, after, number: at } = revision;
  const said = t("pages.revision_number", { revision: number(at) });
  if (!before || !after) return html`<div class="note">
    ${t(before ? "pages.was_removed" : "pages.was_created")} · ${said}</div>`;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) =>
    !same(own(before, name), own(after, name)));
  return html`<div class="note">${said}</div><ul class="plain">${names.map((name) => {
    const field = fieldOf(ci.ciClass, name);
    return html`<li key=${name}>${field.name}: <${Value} type=${field.type} value=${own(before, name)} /> → <${Value}
      type=${field.type} value=${own(after, name)} /></li>`;
  })}</ul>`;
}

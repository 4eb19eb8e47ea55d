// What would come of an edit: the sentence, what changes, which services and groups stand otherwise.
import { own } from "../base.js";
import { Panel, Sentence } from "../common.js";
import { html } from "../dom.js";
import { addressOf } from "../router.js";
import { Mark } from "../states.js";
import { duration, gap, number, t, time } from "../texts.js";
import { choiceName, declared, shorthands, typeName } from "../words.js";
import { labelOf } from "./fields.js";
import { has } from "./sheet.js";

const RANK = ["UNAFFECTED", "AT_RISK", "DEGRADED", "OUTAGE"];
const PERSON = "person"; // the data source of what is written here
const FIELDS = { strength: "edit.strength", redundancy_group: "edit.group", min_available: "edit.quorum" };

const worse = (each) => RANK.indexOf(each.stopsAfter) > RANK.indexOf(each.stopsBefore);
const better = (each) => RANK.indexOf(each.stopsAfter) < RANK.indexOf(each.stopsBefore);

// [key, count] of what there is to say, the worst first; each service is counted once in each
export function toSay({ services }) {
  const some = {
    out: services.filter((each) => each.state === "OUTAGE"),
    degraded: services.filter((each) => each.state === "DEGRADED" || each.state === "AT_RISK"),
    loses: services.filter((each) => each.losesRedundancy),
    points: services.filter((each) => each.pointsAddedCount && !each.losesRedundancy),
    worse: services.filter(worse),
    better: services.filter(better),
    fewer: services.filter((each) => each.pointsRemovedCount && !each.pointsAddedCount),
  };
  return Object.entries(some).filter(([, each]) => each.length).map(([key, each]) => [key, each.length]);
}

export function toneOf(effect) {
  const said = new Map(toSay(effect));
  if (said.has("out")) return "outage";
  if (said.has("loses") || effect.flags.length) return "degraded";
  return said.has("degraded") || said.has("points") || said.has("worse") ? "at_risk" : "unaffected";
}

export function Preview({ base, found, moved, save, back, saving }) {
  const { effect, changes, warnings } = found;
  if (!changes.length) {
    return html`<${Sentence} moved=${moved} note=${t("edit.nothing_changes_note")} actions=${html`<button type="button"
      onClick=${back}>${t("edit.on")}</button>`}>${t("edit.nothing_changes")}<//>`;
  }
  const said = toSay(effect).map(([key, count]) => t(`edit.say_${key}`, { count, name: base.name }));
  const text = said.length ? t("edit.if_saved", { parts: said.join(t("impact.comma")) }) : t("edit.if_saved_nothing");
  const note = [t("edit.not_written"), t("pages.complete", { revision: number(effect.revision) })].join(gap());
  const actions = html`<button type="button" class="primary" disabled=${saving} onClick=${save}>
      ${t("edit.save")}</button>
    <button type="button" disabled=${saving} onClick=${back}>${t("edit.on")}</button>`;
  return html`<${Sentence} moved=${moved} tone=${toneOf(effect)} note=${note} actions=${actions}>${text}<//>
    <div class="stack">
      ${(effect.flags.length > 0 || effect.cyclesAdded > 0 || warnings.length > 0) && html`<${Panel}
        title=${t("edit.flags")}><ul class="plain">
        ${effect.flags.map((flag, at) => html`<li key=${at}>${flag.message}</li>`)}
        ${effect.cyclesAdded > 0 && html`<li>${t("edit.cycles", { count: effect.cyclesAdded })}</li>`}
        ${warnings.map((warning, at) => html`<li key=${`w${at}`}>${warning}</li>`)}</ul><//>`}
      <${Changes} base=${base} changes=${changes} />
      <${Services} base=${base} effect=${effect} />
      <${Groups} groups=${effect.groups} />
    </div>`;
}

// lines of what changes: fields of the CI, columns that stand for a relationship, relationships
function linesOf(base, changes) {
  const columns = Object.fromEntries(Object.entries(shorthands()).map(([name, type]) => [type, name]));
  const fields = new Map(declared(base.ciClass));
  const lines = [];
  const pointers = new Map();
  for (const each of changes) {
    const [source, type, target] = each.kind === "ci" ? [] : each.key.split("|");
    const sourceOf = (name) => (each.before === null ? "" : own(each.sources, name) ?? each.sources["*"] ?? "");
    const name = columns[type];
    if (each.kind === "ci") {
      for (const field of namesOf(each)) {
        lines.push({ what: labelOf(field, fields.get(field)),
          from: shownOf(fields.get(field), field, own(each.before, field)),
          to: shownOf(fields.get(field), field, own(each.after, field)), source: has(each.before, field) ? sourceOf(field) : "" });
      }
    } else if (name && source === base.ciId && (each.before === null) !== (each.after === null)) {
      const line = pointers.get(name) ?? { what: labelOf(name, fields.get(name)), from: t("edit.nothing"),
        to: t("edit.nothing"), source: "" };
      const named = each.cis.find((ci) => ci.ciId === target)?.name ?? target;
      if (each.before === null) line.to = named;
      else Object.assign(line, { from: named, source: sourceOf("*") });
      if (!pointers.has(name)) lines.push(line);
      pointers.set(name, line);
    } else {
      const named = each.cis.map((ci) => ci.name);
      const what = `${named[0] ?? source} ${typeName(type)} ${named[1] ?? target}`;
      if (each.before === null || each.after === null) {
        lines.push({ what, from: each.before ? stateOf(each.before) : t("edit.not_there"),
          to: each.after ? stateOf(each.after) : t("edit.ended"), source: sourceOf("*") });
      } else {
        for (const field of namesOf(each)) {
          lines.push({ what: `${what} · ${FIELDS[field] ? t(FIELDS[field]) : field}`,
            from: relationWord(field, each.before[field]), to: relationWord(field, each.after[field]),
            source: sourceOf(field) });
        }
      }
    }
  }
  return lines;
}

const namesOf = ({ before, after }) => [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) =>
  JSON.stringify(own(before, name)) !== JSON.stringify(own(after, name)));

const relationWord = (name, value) => (value === undefined ? t("edit.nothing")
  : name === "strength" ? t(`edit.strength_${value}`) : String(value));

function stateOf(state) {
  const said = [state.strength && t(`edit.strength_${state.strength}`),
    state.redundancy_group && t("pages.in_group", { group: state.redundancy_group }),
    state.min_available && t("edit.needs", { quorum: state.min_available })].filter(Boolean);
  return said.join(" · ") || t("edit.there");
}

export function shownOf(field, name, value) {
  if (value === undefined || value === null || value === "") return t("edit.nothing");
  if (field?.choices) return choiceName(name, String(value));
  if (field?.type === "duration" && typeof value === "number") return duration(value);
  if (field?.type === "time" && typeof value === "string") return time(value);
  const text = typeof value === "string" ? value : typeof value === "number" ? number(value, 6) : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

function Changes({ base, changes }) {
  const lines = linesOf(base, changes);
  return html`<${Panel} title=${t("edit.changes")} note=${number(lines.length)} class="flush">
    <div class="scroll"><table class="cards told diff"><thead><tr><th>${t("edit.column_what")}</th>
      <th>${t("edit.column_from")}</th><th>${t("edit.column_to")}</th><th>${t("edit.column_source")}</th></tr></thead>
      <tbody>${lines.map((line, at) => html`<tr key=${at}><th scope="row"><strong>${line.what}</strong></th>
        <td data-label=${t("edit.column_from")}><del>${line.from}</del></td>
        <td data-label=${t("edit.column_to")}><ins>${line.to}</ins></td>
        <td data-label=${t("edit.column_source")}>${line.source || "—"} → ${PERSON}</td></tr>`)}</tbody>
    </table></div>
  <//>`;
}

function Services({ base, effect }) {
  const { services, stopsBefore: was, stopsAfter: now } = effect;
  const counts = (some) => t("edit.counts", { outage: some.outage, degraded: some.degraded, at_risk: some.atRisk });
  const note = t("edit.counts_note", { name: base.name, before: counts(was), after: counts(now) });
  return html`<${Panel} title=${t("edit.services")} class="flush"><p class="note">${note}</p>
    ${!services.length ? html`<p class="empty">${t("edit.services_none")}</p>` : html`<div class="scroll">
    <table class="cards told"><thead><tr><th>${t("pages.column_service")}</th><th>${t("pages.column_criticality")}</th>
      <th>${t("edit.column_itself")}</th><th>${t("edit.column_stops", { name: base.name })}</th>
      <th>${t("edit.column_points")}</th></tr></thead>
      <tbody>${services.map((each) => html`<tr key=${each.service.ciId}>
        <th scope="row"><a href=${addressOf(each.service.ciId)}><strong>${each.service.name}</strong></a></th>
        <td data-label=${t("pages.column_criticality")}>${each.criticality
          ? t(`impact.criticality_${each.criticality}`) : "—"}</td>
        <td data-label=${t("edit.column_itself")}><${Mark} state=${each.state} /></td>
        <td class="turn" data-label=${t("edit.column_stops", { name: base.name })}>
          <${Mark} state=${each.stopsBefore} /> →${" "}<${Mark} state=${each.stopsAfter} /></td>
        <td data-label=${t("edit.column_points")}><${Points} each=${each} /></td></tr>`)}</tbody>
    </table></div>`}
  <//>`;
}

function Points({ each }) {
  const listed = (some, count) => {
    const names = some.map((ci) => ci.name).join(t("impact.comma"));
    return count > some.length ? t("edit.names_more", { names, count: count - some.length }) : names;
  };
  const { pointsAddedCount: more, pointsRemovedCount: fewer } = each;
  if (!more && !fewer) return "—";
  return html`${each.losesRedundancy && html`<span class="tag at_risk">${t("edit.loses")}</span> `}
    ${more > 0 && html`<div>${t("edit.points_added", { count: more, names: listed(each.pointsAdded, more) })}</div>`}
    ${fewer > 0 && html`<div>${t("edit.points_removed", { count: fewer, names: listed(each.pointsRemoved, fewer) })}
    </div>`}`;
}

function Groups({ groups }) {
  if (!groups.length) return null;
  const said = (group) => (group ? t("edit.group_is", { ...group }) : t("edit.not_there"));
  return html`<${Panel} title=${t("edit.groups_changed")} class="flush"><div class="scroll">
    <table class="cards told"><thead><tr><th>${t("edit.column_group")}</th><th>${t("edit.column_from")}</th>
      <th>${t("edit.column_to")}</th></tr></thead>
    <tbody>${groups.map((group, at) => html`<tr key=${at}>
      <th scope="row"><strong>${group.dependent.name}</strong> · ${group.name}</th>
      <td data-label=${t("edit.column_from")}>${said(group.before)}</td>
      <td data-label=${t("edit.column_to")}>${said(group.after)}${group.after && group.after.margin < 0
        ? html` <span class="tag outage">${t("edit.too_few")}</span>`
        : group.after?.margin === 0 && html` <span class="tag at_risk">${t("edit.no_margin")}</span>`}</td>
    </tr>`)}</tbody></table></div><//>`;
}

// What somebody has typed of one CI, beside what it was when they began: and from both what is to be written.
//
// base: the CI as it was read, `rows` its relationships by key. sheet: `fields` by name as typed, `rows` by key what of
// a relationship was touched ({ended, strength, group}), `added` new ones, `quorums` by group as typed, `aside` by
// field what was typed and given up for somebody else's value.
import { own } from "../base.js";
import { shorthands, typeOf } from "../words.js";

export const FIRST = 500; // relationships of a CI that a form holds
export const OTHERS = 200;
export const blank = () => ({ fields: {}, rows: {}, added: [], quorums: {}, aside: {}, change: "" });

// names of attributes and groups are anybody's: `constructor` is one, and no object knows it by itself
export const has = (some, name) => Object.hasOwn(some, name);

const keyOf = (row) => `${row.source.ciId}|${row.type}|${row.target.ciId}`;
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export function baseOf(ci) {
  const rows = new Map();
  for (const { nodes } of [ci.relationships, ci.dependents]) {
    for (const row of nodes) {
      rows.set(keyOf(row), { key: keyOf(row), own: row.source.ciId === ci.ciId, type: row.type, source: row.source,
        target: row.target, strength: row.strength, group: row.redundancyGroup ?? "", quorum: row.minAvailable ?? "",
        revision: row.lastRevision });
    }
  }
  const beyond = ci.relationships.totalCount + ci.dependents.totalCount - ci.relationships.nodes.length
    - ci.dependents.nodes.length;
  return { ciId: ci.ciId, name: ci.name, ciClass: ci.ciClass, status: ci.status, attributes: ci.attributes,
    sources: ci.sources, revision: ci.lastRevision, history: ci.history, rows, beyond };
}

const valueOf = (base, name) => (name === "name" || name === "status" ? base[name] : own(base.attributes, name));

// the value of a field as a form holds it: text
export function textOf(base, name, type) {
  const value = valueOf(base, name);
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.join("|");
  return type === "duration" ? briefly(value) : String(value);
}

// 14400 as 4h: what the form takes back
export function briefly(seconds) {
  const parts = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]].map(([unit, size], at, all) => [unit,
    Math.floor((at ? seconds % all[at - 1][1] : seconds) / size)]);
  return parts.filter(([, count]) => count).map(([unit, count]) => `${count}${unit}`).join(" ") || "0s";
}

// The relationship that a column such as `owner` stands for; null: there is none, undefined: there are several.
export function pointed(base, name) {
  const type = shorthands()[name];
  const some = [...base.rows.values()].filter((row) => row.own && row.type === type);
  return some.length > 1 ? undefined : some[0] ?? null;
}

// a relationship as it stands now in the form
export const rowNow = (row, sheet) => ({ ...row, ended: false, ...sheet.rows[row.key] });

export function groupsOf(base, sheet) {
  const names = new Map();
  const note = (group, quorum, member) => {
    if (!group) return;
    const found = names.get(group) ?? { name: group, quorum: "", members: 0, was: "" };
    names.set(group, { ...found, was: found.was || quorum, members: found.members + member });
  };
  for (const row of base.rows.values()) {
    const now = rowNow(row, sheet);
    if (!row.own) continue;
    note(row.group, row.quorum, 0);
    if (!now.ended) note(now.group.trim(), now.group === row.group ? row.quorum : "", 1);
  }
  for (const row of sheet.added) if (row.own) note(row.group.trim(), "", 1);
  return [...names.values()].filter((group) => group.members).map((group) => ({ ...group,
    quorum: own(sheet.quorums, group.name) ?? group.was }));
}

// How many things were touched, for whoever leaves.
export const touched = (sheet) => Object.keys(sheet.fields).length + Object.keys(sheet.rows).length + sheet.added.length
  + Object.keys(sheet.quorums).length;

// The input of the mutation, and for each row of it which part of the form it is of.
export function inputOf(base, sheet) {
  const ci = { ciId: base.ciId };
  const relate = [];
  const unrelate = [];
  const places = { relate: [], unrelate: [] };
  const put = (list, row, place) => {
    (list === relate ? places.relate : places.unrelate).push(place);
    list.push(row);
  };
  const ends = (row) => ({ source: row.source.ciId, type: row.type, target: row.target.ciId });
  for (const [name, value] of Object.entries(sheet.fields)) {
    if (name in shorthands()) continue;
    const given = typeof value === "string" && value.trim() === "" ? null : value;
    if (name === "name" || name === "status") ci[name] = given;
    else (ci.attributes ??= Object.create(null))[name] = given;
    ci.expectedRevision = base.revision;
  }
  for (const [name, one] of Object.entries(sheet.fields)) {
    if (!(name in shorthands())) continue;
    const was = pointed(base, name);
    if (was && was.target.ciId === one?.ciId) continue;
    if (was) put(unrelate, { ...ends(was), expectedRevision: was.revision }, `field-${name}`);
    if (!one) continue;
    put(relate, { source: base.ciId, type: shorthands()[name], target: one.ciId, expectedRevision: 0 },
      `field-${name}`);
  }
  for (const row of base.rows.values()) {
    const now = rowNow(row, sheet);
    if (now.ended) put(unrelate, { ...ends(row), expectedRevision: row.revision }, `row-${row.key}`);
    else if (now.strength !== row.strength || now.group.trim() !== row.group) {
      put(relate, { ...ends(row), expectedRevision: row.revision,
        ...(now.strength !== row.strength && { strength: now.strength }),
        ...(now.group.trim() !== row.group && { redundancyGroup: now.group.trim() || null }) }, `row-${row.key}`);
    }
  }
  for (const row of sheet.added) {
    const impact = typeOf(row.type).provider;
    put(relate, { ...ends(sided(base, row)), expectedRevision: 0, ...(impact && { strength: row.strength }),
      ...(impact && row.group.trim() && { redundancyGroup: row.group.trim() }) }, `added-${row.id}`);
  }
  for (const group of groupsOf(base, sheet)) {
    if (!has(sheet.quorums, group.name) || group.quorum.trim() === group.was) continue;
    const at = relate.findIndex((row) => row.source === base.ciId && row.redundancyGroup === group.name);
    const quorum = { redundancyGroup: group.name, minAvailable: group.quorum.trim() || "all" };
    if (at >= 0) Object.assign(relate[at], quorum);
    else {
      const stays = (row) => !row.ended && row.group.trim() === group.name;
      const member = [...base.rows.values()].find((row) => row.own && stays(rowNow(row, sheet)));
      const there = relate.find((row) => keyText(row) === member.key);
      if (there) Object.assign(there, quorum);
      else put(relate, { ...ends(member), expectedRevision: member.revision, ...quorum }, `group-${group.name}`);
    }
  }
  return { input: { ci, relate, unrelate, ...(sheet.change.trim() && { change: sheet.change.trim() }) }, places };
}

const keyText = (row) => `${row.source}|${row.type}|${row.target}`;
const sided = (base, row) => {
  const self = { ciId: base.ciId, name: base.name };
  return { ...row, source: row.own ? self : row.other, target: row.own ? row.other : self };
};

// What differs between what somebody began with and what is there now, and whether they touched the same.
// Each: {kind: field | row, name, was, theirs, mine}; `mine` is undefined where it was not touched.
export function compared(base, fresh, sheet) {
  const found = [];
  const names = new Set(["name", "status", ...Object.keys(base.attributes), ...Object.keys(fresh.attributes)]);
  for (const name of names) {
    const [was, theirs] = [valueOf(base, name), valueOf(fresh, name)];
    if (!same(was, theirs)) found.push({ kind: "field", name, was, theirs, mine: own(sheet.fields, name) });
  }
  for (const key of new Set([...base.rows.keys(), ...fresh.rows.keys()])) {
    const [was, theirs] = [base.rows.get(key), fresh.rows.get(key)];
    const state = (row) => row && [row.strength, row.group, row.quorum];
    if (same(state(was), state(theirs))) continue;
    const added = sheet.added.find((row) => keyOf(sided(base, row)) === key);
    const pointer = Object.entries(sheet.fields).find(([name, one]) => shorthands()[name] === (was ?? theirs).type
      && (was ?? theirs).own && one !== undefined && name in shorthands());
    const quorum = (was ?? theirs).own && [was?.group, theirs?.group].find((group) => group
      && has(sheet.quorums, group));
    let mine = added;
    if (was && sheet.rows[key]) mine ??= rowNow(was, sheet);
    else if (pointer) mine ??= { pointer: pointer[0], other: pointer[1] };
    else if (quorum && was?.quorum !== theirs?.quorum && was && theirs) {
      mine ??= { ...was, quorum: sheet.quorums[quorum], of: quorum };
    }
    found.push({ kind: "row", name: key, was, theirs, mine });
  }
  return found;
}

// The sheet on top of what is there now; `taken`: names of what they take from the other, whose own text is kept aside.
export function rebased(base, fresh, sheet, taken) {
  const next = { ...sheet, fields: { ...sheet.fields }, rows: { ...sheet.rows }, added: [...sheet.added],
    quorums: { ...sheet.quorums }, aside: { ...sheet.aside } };
  const drop = (name) => {
    if (!has(next.fields, name)) return;
    next.aside[name] = next.fields[name];
    delete next.fields[name];
  };
  for (const each of compared(base, fresh, sheet)) {
    if (each.mine === undefined) continue;
    const theirs = taken.has(each.name);
    if (each.kind === "field") {
      if (theirs) drop(each.name);
    } else if (each.mine.pointer) {
      if (theirs) drop(each.mine.pointer);
    } else if (each.mine.of) {
      if (theirs) delete next.quorums[each.mine.of];
    } else {
      const { [each.name]: own, ...rows } = next.rows;
      next.rows = rows;
      next.added = next.added.filter((row) => keyOf(sided(base, row)) !== each.name);
      if (theirs) continue;
      const { strength, group } = each.mine;
      if (each.theirs) next.rows[each.name] = own ?? { strength, group };
      else if (!each.mine.ended) next.added.push(addedOf(each.mine, base));
    }
  }
  for (const key of Object.keys(next.rows)) if (!fresh.rows.has(key)) delete next.rows[key];
  return next;
}

let count = 0;
export const newRow = (own, given = {}) => ({ id: (count += 1), own, type: "depends_on", other: null, strength: "hard",
  group: "", ...given });

const addedOf = (row, base) => {
  if (row.other) return row;
  const own = row.source.ciId === base.ciId;
  const other = own ? row.target : row.source;
  return newRow(own, { type: row.type, other, strength: row.strength, group: row.group });
};

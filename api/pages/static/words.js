// Classes, relationship types, fields and lanes in words, as the ontology has them; what it does not know names itself.
import { own } from "./base.js";
import { languageNow, t } from "./texts.js";

let known = { tiers: [], classes: {}, common: {}, types: {}, records: {}, environments: [] };

export const wordsAre = (found) => {
  known = found;
};
const said = (words, name) => words?.[languageNow()] ?? name;

export const className = (name) => said(own(known.classes, name), name);
export const classes = () => Object.keys(known.classes);
export const environments = () => known.environments;
export const typeName = (name) => said(own(known.types, name), name);
export const recordField = (record, name) => said(own(own(known.records, record)?.fields, name), name);
export const recordType = (record, name) => own(own(known.records, record)?.fields, name)?.type ?? "text";
export const recordName = (name) => said(own(known.records, name), name);
export const tierOf = (className) => own(known.classes, className)?.tier ?? "application";
export const tiers = () => known.tiers.map((tier) => ({ id: tier.id, name: tier[languageNow()] }));

// {name, type} of an attribute; one that no class declares is text under its own name. Where the class is not known (""),
// the first class that declares it says what it is called.
export function fieldOf(className, name) {
  const field = own(own(known.classes, className)?.fields, name) ?? own(known.common, name)
    ?? (className ? undefined : Object.values(known.classes).map(({ fields }) => own(fields, name)).find(Boolean));
  return { name: said(field, name), type: field?.type ?? "text" };
}

// All fields that a class declares, [name, field], those of every class first; `field` as words.json has it.
export const declared = (className) => [...Object.entries(known.common),
  ...Object.entries(own(known.classes, className)?.fields ?? {})];
// {column: relationship type} of the columns that stand for a relationship.
export const shorthands = () => Object.assign(Object.create(null), ...Object.entries(known.common)
  .filter(([, field]) => field.shorthand).map(([name, field]) => ({ [name]: field.shorthand })));
export const types = () => Object.keys(known.types);
export const typeOf = (name) => own(known.types, name) ?? { provider: null };

// What a field may be, in words; choices that have none of their own name themselves.
export function choiceName(field, value) {
  if (field === "status") return t(`pages.status_${value}`);
  if (field === "criticality") return t(`impact.criticality_${value}`);
  if (value === "true" || value === "false") return t(`edit.boolean_${value}`);
  return value;
}

// Classes, relationship types, fields and lanes in words, as the ontology has them; what it does not know names itself.
import { languageNow } from "./texts.js";

let known = { tiers: [], classes: {}, common: {}, types: {}, records: {}, environments: [] };

export const wordsAre = (found) => {
  known = found;
};
const said = (words, name) => words?.[languageNow()] ?? name;
const own = (some, name) => (Object.hasOwn(some ?? {}, name) ? some[name] : undefined);

export const className = (name) => said(own(known.classes, name), name);
export const classes = () => Object.keys(known.classes);
export const environments = () => known.environments;
export const typeName = (name) => said(own(known.types, name), name);
export const recordName = (name) => said(own(known.records, name), name);
export const tierOf = (className) => own(known.classes, className)?.tier ?? "application";
export const tiers = () => known.tiers.map((tier) => ({ id: tier.id, name: tier[languageNow()] }));

// {name, type} of an attribute; one that no class declares is text under its own name.
export function fieldOf(className, name) {
  const field = own(own(known.classes, className)?.fields, name) ?? own(known.common, name);
  return { name: said(field, name), type: field?.type ?? "text" };
}

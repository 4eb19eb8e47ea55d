// Sentences of the server in which what has a page is a link to it: changes by their ids, CIs by their names.
import { html } from "./dom.js";
import { addressOf, changeAddress } from "./router.js";

const BRACKETS = [["（", "）"], [" (", ")"]]; // as `impact.named` writes them
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

// {id: {href, text}} of CIs [{ciId, name}] and of changes by their ids, but not of the one that the page is about.
export function placesOf(cis, changes, own) {
  const found = new Map();
  for (const ci of cis) found.set(ci.ciId, { href: addressOf(ci.ciId), text: ci.name });
  for (const id of changes) {
    if (id !== own && !id.startsWith("incident:")) found.set(id, { href: changeAddress(id), text: id });
  }
  return found;
}

// A sentence with links: a name with its id in brackets is the name, which has the id as its title; an id alone is the
// name, too, but where `byId` says that it stays one.
export function linked(sentence, places, { byId = false } = {}) {
  const ids = [...places.keys()].sort((a, b) => b.length - a.length);
  if (!ids.length) return sentence;
  const said = new Map(ids.filter((id) => places.get(id).text !== id).flatMap((id) => BRACKETS.map(([open, close]) =>
    [places.get(id).text + open + id + close, id])));
  // an id within another word is none
  const parts = sentence.split(new RegExp(`(${[...said.keys()].map(escaped).join("|") || "(?!)"}|(?<![\\w/.-])(?:${ids.map(escaped)
    .join("|")})(?![\\w/-]|[.:]\\w))`));
  return parts.map((part, at) => {
    const id = at % 2 ? said.get(part) ?? part : null;
    const place = places.get(id);
    return place ? html`<a key=${at} href=${place.href} title=${id === place.text ? undefined : id}>${byId && !said.has(part)
      ? part : place.text}</a>` : part;
  });
}

// Things by name, one after the other.
export const listed = (some, comma) => some.flatMap((each, at) => (at ? [comma, each] : [each]));

// Sentences of the server in which what has a page is a link to it: changes by their ids, CIs by their names.
import { html } from "./dom.js";
import { addressOf, changeAddress } from "./router.js";

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

// A sentence with links; `byId`: it says names itself, so that an id stays one.
export function linked(sentence, places, { byId = false } = {}) {
  const ids = [...places.keys()].sort((a, b) => b.length - a.length).map(escaped);
  if (!ids.length) return sentence;
  // an id within another word is none
  const parts = sentence.split(new RegExp(`(?<![\\w/.-])(${ids.join("|")})(?![\\w/-]|[.:]\\w)`));
  return parts.map((part, at) => {
    const place = at % 2 ? places.get(part) : null;
    return place ? html`<a key=${at} href=${place.href}>${byId ? part : place.text}</a>` : part;
  });
}

// Things by name, one after the other.
export const listed = (some, comma) => some.flatMap((each, at) => (at ? [comma, each] : [each]));

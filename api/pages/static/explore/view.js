// The view of an address and back: every control of the explorer changes the address, and nothing else.
import { asked, navigate } from "../router.js";

export const VIEWS = ["neighbourhood", "service", "site", "query", "paths"];
export const DIRECTIONS = ["both", "up", "down"];
export const GROUPINGS = ["none", "class", "site", "owner"];
export const STATUSES = ["live", "planned"];
export const EFFECTS = ["outage", "degraded", "retire"];
export const HOPS = [1, 2, 3, 5, 0]; // 0: all the way
export const PER_LANE = [10, 25, 50, 2000];
const LISTS = ["ci", "class", "status", "owner", "site", "open", "expand", "collapse", "seed"];
const ONES = { view: "query", direction: "both", hops: "1", text: "", affected: "", group: "", lane: "10",
  as: "picture", at: "", selected: "" };

// What an address asks for. Without anything it is the whole register, a box for each class.
export function viewOf(query) {
  const view = {};
  for (const name of LISTS) view[name] = [...new Set(query.getAll(name))].filter(Boolean).slice(0, 500);
  for (const [name, usual] of Object.entries(ONES)) view[name] = query.get(name) ?? usual;
  if (query.get("seeds") && !query.get("view")) Object.assign(view, whatIf(query.get("seeds")));
  if (!VIEWS.includes(view.view)) view.view = "query";
  if (!DIRECTIONS.includes(view.direction)) view.direction = "both";
  if (!GROUPINGS.includes(view.group)) view.group = "";
  view.hops = whole(view.hops, 1, 0, 1000);
  view.lane = whole(view.lane, 10, 1, 2000);
  return view;
}

// "?seeds=a=outage,b=retire": what rests on these, if that happens to them, as the page of a CI asks.
function whatIf(text) {
  const seed = text.split(",").filter(Boolean).slice(0, 500);
  return { view: "neighbourhood", seed, ci: [...new Set(seed.map((each) => seedOf(each).ciId))], direction: "up",
    hops: "0" };
}

const whole = (text, usual, least, most) => (/^\d{1,5}$/.test(text) ? Math.min(Math.max(Number(text), least), most)
  : usual);
// What CIs are grouped by where nobody has chosen: the whole register is a box for each class.
export const groupingOf = (view) => view.group || (isWhole(view) ? "class" : "none");
const isWhole = (view) => view.view === "query" && !view.class.length && !view.owner.length && !view.site.length
  && !view.text;

// The address of a view; what is as it usually is does not stand in it.
export function addressOfView(view) {
  const given = {};
  for (const [name, value] of Object.entries(view)) {
    if (Array.isArray(value) ? value.length : String(value) !== ONES[name]) given[name] = value;
  }
  return `/explore${asked(given)}`;
}

export function go(view, changes, { replace = false } = {}) {
  navigate(addressOfView({ ...view, ...changes }), { replace });
}

// The view as the schema asks for it.
export function inputOf(view) {
  return {
    view: view.view.toUpperCase(),
    cis: view.ci,
    direction: view.direction.toUpperCase(),
    hops: view.hops || null,
    filter: {
      text: view.text, ciClass: view.class, status: view.status, owner: view.owner, site: view.site,
      affected: Boolean(view.affected && view.seed.length),
    },
    groupBy: groupingOf(view).toUpperCase(),
    opened: view.open,
    expanded: view.expand,
    collapsed: view.collapse,
    seeds: view.seed.map(seedOf),
    perLane: view.lane,
  };
}

// "db-1=degraded" is a seed with its effect; without one it stops. An id may hold "=" itself.
export function seedOf(text) {
  const at = text.lastIndexOf("=");
  const effect = at < 0 ? "" : text.slice(at + 1);
  return EFFECTS.includes(effect) ? { ciId: text.slice(0, at), effect: effect.toUpperCase() } : { ciId: text,
    effect: "OUTAGE" };
}

export const seedText = (ciId, effect) => `${ciId}=${effect.toLowerCase()}`;

// How many CIs a view needs before it can be asked for.
export function isReady(view) {
  if (view.view === "query") return true;
  return view.view === "paths" ? view.ci.length === 2 : view.ci.length > 0;
}

export const withOne = (list, one) => (list.includes(one) ? list : [...list, one]);
export const without = (list, one) => list.filter((each) => each !== one);

// Lines that somebody pastes, read as CIs: an id or a name, and an effect where there is one; each line that cannot be
// used says why.
import { ask } from "../ask.js";
import { t } from "../texts.js";
import { EFFECTS } from "./draft.js";

export const MOST = 200; // lines at once
const LONGEST = 200; // characters of an id or a name
const HITS = 20; // of a search, among which is who is called exactly so
const ATONCE = 4; // questions at the same time
const HEADERS = ["ci_id", "ciid", "id", "ci", "name"];

// [{line, number, text, effect}]: `db-1`, `db-1=outage`, `db-1,degraded`, `db-1;Policy DB;outage`, quoted or not.
export function linesOf(text) {
  const found = [];
  text.split(/\r\n|\r|\n/).forEach((line, at) => {
    const cells = line.split(/[,;\t|，；]/).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1").trim());
    if (!cells.some(Boolean)) return;
    if (!found.length && HEADERS.includes(cells[0].toLowerCase())) return;
    const last = cells.length > 1 ? cells.at(-1).toLowerCase() : "";
    const [, name, effect] = /^(.*?)\s*=\s*(\w+)$/.exec(cells[0]) ?? [null, cells[0], ""];
    found.push({ line: line.trim(), number: at + 1, text: name, effect: effect.toLowerCase()
      || (EFFECTS.includes(last) ? last : "") });
  });
  return found;
}

// Who a line names: {ci} or {wrong}. `name`: people write it in any case.
async function resolved({ text, effect }) {
  if (effect && !EFFECTS.includes(effect)) return { wrong: t("draft.line_effect", { effect }) };
  if (!text || text.length > LONGEST) return { wrong: t("draft.line_length", { most: LONGEST }) };
  const { search } = await ask("search", { text, most: HITS });
  const cis = search.hits.map((hit) => hit.ci);
  const same = (one, other) => one.toLocaleLowerCase() === other.toLocaleLowerCase();
  const exact = cis.filter((ci) => ci.ciId === text);
  const named = exact.length ? exact : cis.filter((ci) => same(ci.ciId, text) || same(ci.name, text));
  const there = named.filter((ci) => ci.status !== "retired");
  if (!named.length) return { wrong: t("draft.line_unknown") };
  if (!there.length) return { wrong: t("draft.line_retired", { name: named[0].name }) };
  if (there.length > 1) {
    return { wrong: t("draft.line_ambiguous", { ids: there.map((ci) => ci.ciId).join(t("impact.comma")) }) };
  }
  return { ci: there[0] };
}

// [{…line, ci, wrong}] in the order of the lines; `there`: what is affected already. What stands twice with one effect
// is one; with another effect it is wrong.
export async function readLines(text, there) {
  const lines = linesOf(text);
  const told = new Array(Math.min(lines.length, MOST));
  let next = 0;
  const work = async () => {
    while (next < told.length) {
      const at = next++;
      told[at] = { ...lines[at], ...(await resolved(lines[at])) };
    }
  };
  await Promise.all(Array.from({ length: ATONCE }, work));
  const effects = new Map(there.map((each) => [each.ciId, each.effect]));
  for (const each of told) {
    if (!each.ci) continue;
    const had = effects.get(each.ci.ciId);
    const effect = each.effect || had || "outage";
    each.isTwice = had !== undefined;
    if (had !== undefined && had !== effect) each.wrong = t("draft.line_two_effects", { name: each.ci.name,
      one: t(`impact.effect_${had}`), other: t(`impact.effect_${effect}`) });
    else effects.set(each.ci.ciId, effect);
    each.effect = effect;
  }
  return { lines: told, left: lines.length - told.length };
}

// What people read, in the language that they chose: texts, numbers, times. Keys are those of api/texts.
import { fileOf, keep } from "./base.js";

const LOCALES = { zh: "zh-CN", en: "en-GB" };
const PART = /\{(\w+)(?::([^|{}]*)\|([^{}]*))?\}/g;
const loaded = {};
let language = document.documentElement.lang;

export const languageNow = () => language;
// What stands between two sentences.
export const gap = () => (language === "en" ? " " : "");
export const ZONE = document.documentElement.dataset.zone || "UTC";

export async function useLanguage(wanted) {
  loaded[wanted] ??= await fileOf(`texts/${wanted}.json`);
  language = wanted;
  document.documentElement.lang = wanted;
}

export function keepLanguage() {
  keep("language", language);
}

// The text of a key; a key without a text is shown as it is, so that a test or a reader finds it.
export function t(key, params = {}) {
  return parts(key, params).join("");
}

// The same as a list, in which a parameter may be anything that can be drawn.
export function parts(key, params = {}) {
  const text = loaded[language][key];
  if (text === undefined) return [key];
  const found = [];
  let end = 0;
  for (const match of text.matchAll(PART)) {
    const [whole, name, one, many] = match;
    const value = params[name];
    found.push(text.slice(end, match.index));
    found.push(one === undefined ? shownValue(value) : Number(value) === 1 ? one : many);
    end = match.index + whole.length;
  }
  found.push(text.slice(end));
  return found.filter((part) => part !== "");
}

const shownValue = (value) => (typeof value === "number" ? number(value) : value ?? "");

const formats = {}; // making one takes as long as saying a thousand numbers

function formatOf(style, digits) {
  const name = `${language} ${style} ${digits}`;
  formats[name] ??= new Intl.NumberFormat(LOCALES[language], { style, maximumFractionDigits: digits });
  return formats[name];
}

export const number = (value, digits = 0) => formatOf("decimal", digits).format(value).replace("-", "\u2212");

export const percent = (share, digits = 1) => formatOf("percent", digits).format(share);

// Seconds as a person says them, to the two largest units.
export function duration(seconds) {
  const whole = Math.round(seconds);
  const units = [
    [t("pages.days"), Math.floor(whole / 86400)],
    [t("pages.hours"), Math.floor((whole % 86400) / 3600)],
    [t("pages.minutes"), Math.floor((whole % 3600) / 60)],
    [t("pages.seconds"), whole % 60],
  ];
  const said = units.filter(([, count]) => count).slice(0, 2).map(([unit, count]) => `${number(count)} ${unit}`);
  return said.join(" ") || `0 ${t("pages.seconds")}`;
}

const FORMAT = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

const KEPT = 5_000; // moments: a calendar says each of a thousand windows several times
const said = new Map();

function pieces(moment) {
  if (said.has(moment)) return said.get(moment);
  if (said.size >= KEPT) said.clear();
  const found = Object.fromEntries(FORMAT.formatToParts(new Date(moment)).map((part) => [part.type, part.value]));
  said.set(moment, found);
  return found;
}

// 2027-01-10 22:59, in the zone of the server, which the foot of every page names.
export function time(moment) {
  const p = pieces(moment);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

export function day(moment) {
  const p = pieces(moment);
  return `${p.year}-${p.month}-${p.day}`;
}

export function clock(moment) {
  const p = pieces(moment);
  return `${p.hour}:${p.minute}`;
}

// 01-10 22:59–00:30, or with the second day where it is another one.
export function span(from, to) {
  const end = day(from) === day(to) ? clock(to) : time(to).slice(5);
  return `${time(from).slice(5)}–${end}`;
}

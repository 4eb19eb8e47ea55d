// The night, week or month that a calendar shows, in days of the server's zone.
import { momentOf } from "../moments.js";
import { languageNow, day } from "../texts.js";

export const VIEWS = ["night", "week", "month"];
const HALF = 12 * 3_600_000; // milliseconds: a night goes from noon to noon

const two = (count) => String(count).padStart(2, "0");
const dated = (text) => Date.UTC(...text.split("-").map((part, at) => Number(part) - (at === 1 ? 1 : 0)));

export const daysAfter = (text, count) => new Date(dated(text) + count * 86_400_000).toISOString().slice(0, 10);
export const weekday = (text) => new Intl.DateTimeFormat(languageNow() === "zh" ? "zh-CN" : "en-GB",
  { weekday: "short", timeZone: "UTC" }).format(dated(text));
// When a day begins; where the clocks leave its first hour out, with the second.
export const beginOf = (text, hour = 0) => momentOf(`${text} ${two(hour)}:00`) ?? momentOf(`${text} ${two(hour + 1)}:00`);

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text ?? "") && beginOf(text) !== null;

// {view, first, from, to, before, after, today}: `first`, `before`, `after`, `today` are days as an address names them.
export function periodOf(query, now = Date.now()) {
  const view = VIEWS.includes(query.get("view")) ? query.get("view") : "week";
  const today = view === "night" ? day(now - HALF) : day(now);
  const given = isDay(query.get("from")) ? query.get("from") : today;
  const [first, after, before] = boundsOf(view, given);
  const hour = view === "night" ? 12 : 0;
  return { view, first, before, after, today: boundsOf(view, today)[0], from: beginOf(first, hour),
    to: beginOf(after, hour) };
}

function boundsOf(view, given) {
  if (view === "night") return [given, daysAfter(given, 1), daysAfter(given, -1)];
  if (view === "week") {
    const monday = daysAfter(given, -((new Date(dated(given)).getUTCDay() + 6) % 7));
    return [monday, daysAfter(monday, 7), daysAfter(monday, -7)];
  }
  const [year, month] = given.split("-").map(Number);
  const of = (count) => new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10);
  return [of(0), of(1), of(-1)];
}

// The strips that a period is drawn as: a month week by week, else one. Each {from, to, days}.
export function stripsOf(period) {
  if (period.view !== "month") return [stripOf(period, period.first, period.after)];
  const found = [];
  for (let first = period.first; first < period.after;) {
    const [, next] = boundsOf("week", first);
    const end = next < period.after ? next : period.after;
    found.push(stripOf(period, first, end));
    first = end;
  }
  return found;
}

function stripOf(period, first, after) {
  if (period.view === "night") return { from: period.from, to: period.to, days: null };
  const days = [];
  for (let each = first; each < after; each = daysAfter(each, 1)) days.push(each);
  return { from: beginOf(first), to: beginOf(after), days };
}

// A moment as somebody writes it and as an address keeps it.
import { ZONE } from "./texts.js";

const WRITTEN = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?(Z|[+-][01]\d:[0-5]\d)?)?$/;
const DAY = 86_400_000; // milliseconds

// The moment of a text, in milliseconds, or null: as graph/values reads it, so that a local time that is not, or that is
// twice, is none. Without an offset it is in the zone of the server, or in another one.
export function momentOf(text, zone = ZONE) {
  // a plus that somebody left in an address is read as a blank
  const found = WRITTEN.exec(text.trim().replace(/(:\d\d) (\d\d:\d\d)$/, "$1+$2"));
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const said = new Date(local);
  const isDay = year > 99 && year < 9999 && said.getUTCMonth() === month - 1 && said.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) return null;
  if (found[7]) return local - offsetOf(found[7]);
  // of the offsets around it those that give it again
  const moments = new Set([local - DAY, local + DAY].map((near) => local - zoned(near, zone)));
  const right = [...moments].filter((moment) => moment + zoned(moment, zone) === local);
  return right.length === 1 ? right[0] : null;
}

function offsetOf(text) {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(text) ?? ["", "+", 0, 0];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

// As an address keeps it: with the offset that the server's zone had then, so that a link is of one moment anywhere.
export function addressed(moment, zone = ZONE) {
  const offset = zoned(moment, zone);
  const minutes = Math.abs(offset) / 60_000;
  const two = (count) => String(Math.floor(count)).padStart(2, "0");
  const local = new Date(moment + offset).toISOString().slice(0, 19).replace(/:00$/, "");
  return `${local}${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

// Whether there is a zone of that name.
export function isZone(zone) {
  try {
    return Boolean(zone) && Boolean(partsOf(zone));
  } catch {
    return false;
  }
}

const formats = new Map(); // by zone; to make one takes long
function partsOf(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }));
  }
  return formats.get(zone);
}

// How far a zone is ahead of UTC at a moment, in milliseconds.
function zoned(moment, zone) {
  const some = partsOf(zone).formatToParts(new Date(moment));
  const p = Object.fromEntries(some.map((part) => [part.type, Number(part.value)]));
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(moment / 1000) * 1000;
}

// Follows the register: one connection of this tab hears of each new revision, by a WebSocket, else by a stream of
// events, else by asking now and then. What stands on the page changes only when somebody asks for it.
import { ask, heard, queriesNow, sent, watchRevision } from "./ask.js";

const PROTOCOL = "graphql-transport-ws";
const START = 1000; // milliseconds, all of them: what the page itself asks comes first
const HIDDEN = 60_000; // that a hidden page keeps its socket
const EVERY = 15_000; // between two questions where nothing else goes
const ANSWERED = 15_000; // in which a server answers, and a connection says that it is there
const SILENT = 50_000; // without a word after which a connection is dead; the server says one every 20 s
const STEADY = 30_000; // that a connection holds which is a good one
const FIRST = 1000; // the pause after a failure; each further one is twice as long
const LONGEST = 60_000; // of these pauses
const TOLD = 2000; // between two numbers: an import writes several times in a second
const FEW = 3; // connections that break early before the next way is tried
const ASKED = 20; // questions after which a better way is tried again

const listeners = new Set();
let standing = ""; // "", "stopping", "away" or "lost": why the page may not hear of what is new
let wake = () => {}; // from a pause
let giveUp = () => {}; // an attempt

export const lineNow = () => standing;

export function watchLine(tell) {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

function say(what) {
  if (what === standing) return;
  standing = what;
  for (const tell of listeners) tell(what);
}

const jittered = (time) => time * (0.5 + Math.random());
const longer = (times) => jittered(Math.min(LONGEST, FIRST * 2 ** Math.min(times - 1, 10)));

// Waits; no longer where somebody comes back to the page, or a question of theirs has failed.
function pause(time, signal) {
  return new Promise((over) => {
    const end = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", end);
      removeEventListener("online", end);
      signal?.removeEventListener("abort", end);
      over();
    };
    const timer = setTimeout(end, time);
    document.addEventListener("visibilitychange", end);
    addEventListener("online", end);
    signal?.addEventListener("abort", end);
    wake = end;
  });
}

async function visible() {
  while (document.hidden) await pause(LONGEST);
}

// Follows for as long as the page is there.
export async function follow() {
  watchRevision((failure) => {
    if (!failure) return;
    giveUp();
    if (failure.status !== 401 || standing !== "lost") wake();
  });
  await pause(START);
  const at = { way: 0, away: 0, broken: 0, asked: 0 };
  for (;;) {
    await visible();
    const begun = Date.now();
    const end = await attempt(WAYS[at.way]);
    await pause(next(at, end, Date.now() - begun));
  }
}

// How long to wait after an attempt that ended so, and which way to go then.
function next(at, end, held) {
  if (end === "hidden") return FIRST;
  if (end === "lost" || end === "away") {
    say(end);
    at.way = at.broken = 0;
    at.away += 1;
    return end === "lost" ? LONGEST : longer(at.away);
  }
  at.away = 0;
  if (end === "asked") {
    at.asked = (at.asked + 1) % ASKED;
    if (!at.asked) at.way = 0;
    return 0;
  }
  if (end === "stopping") say(end);
  at.broken = held > STEADY ? 1 : at.broken + 1;
  if (end === "refused" || at.broken > FEW) {
    at.way += 1;
    at.broken = 0;
    return jittered(FIRST);
  }
  if (end === "full") at.way = WAYS.indexOf(asking);
  return longer(at.broken);
}

// Asks which revision there is, which also tells whether there is a server and a session, and listens from there on.
async function attempt(way) {
  const giving = new AbortController();
  giveUp = () => giving.abort();
  const leaving = whenHidden(way === socket ? HIDDEN : 0, giving);
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    giving.abort();
  }, ANSWERED);
  try {
    const { revision } = await ask("revision", {}, { signal: giving.signal });
    clearTimeout(late);
    say("");
    return await way(revision, giving.signal);
  } catch (failure) {
    if (failure.status === 401) return "lost";
    return giving.signal.aborted && !isLate ? "hidden" : "away";
  } finally {
    clearTimeout(late);
    leaving();
    giving.abort();
  }
}

// Gives up what a hidden page does not need: browsers allow a host few streams, and a socket keeps a page from sleeping.
function whenHidden(patience, giving) {
  let timer;
  const give = () => giving.abort();
  const changed = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(give, patience);
  };
  changed();
  document.addEventListener("visibilitychange", changed);
  addEventListener("pagehide", give);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", changed);
    removeEventListener("pagehide", give);
  };
}

let last = 0;
let telling;

// The first number at once, those that follow it closely together.
function news(revision) {
  clearTimeout(telling);
  const tell = () => {
    last = Date.now();
    heard(revision);
  };
  if (Date.now() - last >= TOLD) tell();
  else telling = setTimeout(tell, TOLD);
}

// Ends what has not been heard of for too long.
function watchdog(end) {
  let timer = setTimeout(end, ANSWERED);
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(end, SILENT);
  };
  return [again, () => clearTimeout(timer)];
}

function socket(after, signal) {
  return new Promise((over) => {
    let end = "refused";
    const line = new WebSocket(`${location.origin.replace(/^http/, "ws")}/graphql`, PROTOCOL);
    const close = () => line.close(1000);
    const [alive, still] = watchdog(close);
    const tell = (message) => line.send(JSON.stringify(message));
    const payload = { query: queriesNow().revisions, variables: { after } };
    const told = {
      connection_ack: () => {
        end = "broken";
        tell({ id: "1", type: "subscribe", payload });
      },
      ping: () => tell({ type: "pong" }),
      next: ({ payload: { data } }) => news(data.revisions.revision),
      error: () => {
        end = "full"; // not for this reader: asking is
        close();
      },
      complete: () => {
        end = "stopping";
        close();
      },
    };
    signal.addEventListener("abort", close);
    line.onopen = () => tell({ type: "connection_init" });
    line.onmessage = ({ data }) => {
      alive();
      const message = JSON.parse(data);
      told[message.type]?.(message);
    };
    line.onclose = ({ code }) => {
      still();
      over(signal.aborted ? "hidden" : ENDS[code] ?? end);
    };
  });
}

const ENDS = { 1001: "stopping", 1012: "stopping", 1013: "full" };

async function events(after, signal) {
  const giving = new AbortController();
  const give = () => giving.abort();
  const [alive, still] = watchdog(give);
  signal.addEventListener("abort", give);
  let end = "refused";
  try {
    const response = await sent(queriesNow().revisions, { after }, { signal: giving.signal,
      accept: "text/event-stream" });
    if (response.status === 503) return "full";
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return "refused";
    alive();
    end = "broken";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      alive();
      const blocks = (text + part.value).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        const found = name === "next" ? JSON.parse(data).data : null;
        if (name === "next" && !found) return "full"; // not for this reader: asking is
        if (found) news(found.revisions.revision);
        end = name === "complete" ? "stopping" : "broken";
      }
    }
  } catch {
    if (signal.aborted) return "hidden";
  } finally {
    still();
    give();
  }
  return end;
}

async function asking(_, signal) {
  await pause(jittered(EVERY), signal);
  return signal.aborted ? "hidden" : "asked";
}

const WAYS = [socket, events, asking];

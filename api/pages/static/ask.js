// Questions to the server: queries are files, answers are kept so that going back shows them at once.
import { fileOf } from "./base.js";
import { useEffect, useLayoutEffect, useRef, useState } from "./dom.js";
import { languageNow, t } from "./texts.js";

const KEPT = 60; // answers
const RETRY = 200; // milliseconds
const answers = new Map();
const watchers = new Set();
const shown = new Map(); // of each question whose answer stands on the page: the revision of that answer
const asking = new Set(); // how each of them is asked again
const past = new Set(); // those of them that are of the past on purpose
let queries = null;
let newest = null;

export const queriesNow = () => queries;
// The revision that the page rests on: of several the oldest, so that nothing on it is older than it says.
export const revisionNow = () => (shown.size ? Math.min(...shown.values()) : newest);
// The last revision of the register that anybody has told this page of.
export const newestNow = () => newest;

// Whether the page is of the past on purpose, so that nothing is newer than what it should show.
export const isPast = () => past.size > 0;

// Calls back when the page rests on another revision, or the register is at a later one, or could not be asked without
// anybody being told (with the failure); gives what ends that.
export function watchRevision(tell) {
  watchers.add(tell);
  return () => watchers.delete(tell);
}

function tellAll(failure) {
  for (const tell of [...watchers]) tell(failure);
}

export function heard(revision) {
  if (newest !== null && revision <= newest) return;
  newest = revision;
  tellAll();
}

function shows(question, revision, isThen = false) {
  if (shown.get(question) === revision && past.has(question) === isThen) return;
  if (revision === undefined) shown.delete(question);
  else shown.set(question, revision);
  past[isThen ? "add" : "delete"](question);
  tellAll();
}

// Asks everything on the page once more, in place: what does not come again stays as it is.
export function renew() {
  for (const again of [...asking]) again({ gently: true });
}

export async function loadQueries() {
  queries = await fileOf("queries.json");
}

export class Failure extends Error {
  constructor(key, message, status = 0) {
    super(message);
    this.key = key;
    this.status = status;
  }
}

export const signIn = () => `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

// Ends the session here and in every other tab; a page that is gone back to shows nothing any more.
export async function signOut() {
  const answer = await fetch("/session", { method: "DELETE", headers: { "X-Faultline": "1" },
    credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok && answer?.status !== 401) throw new Failure("pages.sign_out_failed", t("pages.sign_out_failed"));
  addEventListener("pageshow", () => location.reload());
  location.assign("/sign-in");
}

// The data of a query of queries/, or a Failure with a sentence. `own`: the text of a document, not the name of a file. A
// session that has ended leads nobody away from what they have written: the head of the page says so.
export async function ask(name, variables = {}, { signal, own = false } = {}) {
  const response = await sent(own ? name : queries[name], variables, { signal });
  const body = await response.json().catch(() => null);
  if (response.status === 401) {
    const failure = new Failure("pages.no_entry", t("pages.no_entry"), 401);
    tellAll(failure);
    throw failure;
  }
  if (own) return body;
  const error = body?.errors?.[0];
  if (!body?.data || error) {
    throw new Failure(error?.extensions?.key ?? "pages.failed", said(error, response.status), response.status);
  }
  if (typeof body.data.revision === "number") heard(body.data.revision);
  return body.data;
}

function said(error, status) {
  return error?.extensions?.key && !error.message.startsWith(error.extensions.key)
    ? error.message
    : t("pages.failed", { status: String(status) });
}

export async function sent(query, variables, { signal, accept = "application/json" } = {}) {
  const question = {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: accept,
      "Accept-Language": languageNow(),
      "X-Faultline": "1", // no other site can send it: without it a session is not honoured
    },
    body: JSON.stringify({ query, variables }),
    credentials: "same-origin",
    signal,
  };
  // a connection that was kept may be closed just when it is used again: what changes nothing is asked once more
  for (const again of /^\s*(mutation|subscription)\b/.test(query) ? [false] : [true, false]) {
    try {
      return await fetch("/graphql", question);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (again) await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
  throw new Failure("pages.unreachable", t("pages.unreachable"));
}

// What a component asks: {data, failure, waiting, again, failed}; `failed`: the status where only asking anew failed. What was answered before is shown while it is asked anew.
// `alone`: it goes on by itself, so that it does not count for what the page rests on. `then`: what is asked is of the past,
// and does not change; the revision that an answer to it is of.
export function useAsk(name, variables = {}, { skip = false, alone = false, then = null } = {}) {
  const key = `${languageNow()} ${name} ${JSON.stringify(variables)}`;
  const [state, set] = useState({ key: null });
  const [turn, take] = useState({});
  const begun = useRef(false);
  const isFirst = !begun.current;
  const begin = () => {
    if (skip) return undefined;
    begun.current = true;
    const giving = new AbortController();
    const { gently, unseen } = turn.key === key ? turn : {};
    set((old) => ({ key, data: (old.key === key && old.data) || answers.get(key), waiting: !unseen }));
    ask(name, variables, { signal: giving.signal })
      .then((data) => {
        remember(key, data);
        set({ key, data, waiting: false });
      })
      .catch((failure) => {
        if (failure.name === "AbortError") return;
        // what stands there is worth more than that it could not be asked again
        set((old) => ((gently || unseen) && old.key === key && old.data
          ? { ...old, waiting: false, failed: failure.status } : { key, failure, waiting: false }));
        if (gently) tellAll(failure);
      });
    return () => giving.abort();
  };
  // what comes first is painted first; another question is asked at once, so that the server works while the browser draws
  useLayoutEffect(() => (isFirst ? undefined : begin()), [key, turn, skip]);
  useEffect(() => (isFirst ? begin() : undefined), [key, turn, skip]);
  // the state of another question is not an answer to this one
  const now = state.key === key ? state : { data: answers.get(key), waiting: !skip };
  const latest = useRef(key);
  latest.current = key;
  const again = useRef((how = {}) => take({ key: latest.current, gently: how.gently === true,
    unseen: how.unseen === true }));
  const counts = !skip && !alone;
  const rests = then && now.data ? then(now.data) : now.data?.revision;
  useEffect(() => shows(again, counts ? rests : undefined, Boolean(then && counts)), [rests, counts, Boolean(then)]);
  useEffect(() => {
    if (!counts) return undefined;
    if (!then) asking.add(again.current);
    return () => {
      asking.delete(again.current);
      shows(again, undefined);
    };
  }, [counts, Boolean(then)]);
  return { ...now, again: again.current };
}

function remember(key, data) {
  answers.delete(key);
  answers.set(key, data);
  if (answers.size > KEPT) answers.delete(answers.keys().next().value);
}

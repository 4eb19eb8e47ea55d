// Questions to the server: queries are files, answers are kept so that going back shows them at once.
import { fileOf } from "./base.js";
import { useEffect, useState } from "./dom.js";
import { languageNow, t } from "./texts.js";

const KEPT = 60; // answers
const RETRY = 200; // milliseconds
const answers = new Map();
const watchers = new Set();
let queries = null;
let revision = null;

export const queriesNow = () => queries;
export const revisionNow = () => revision;

// Calls back when an answer of a later revision has come; gives what ends that.
export function watchRevision(tell) {
  watchers.add(tell);
  return () => watchers.delete(tell);
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

// The data of a query of queries/, or a Failure with a sentence. `own`: the text of a document, not the name of a file.
export async function ask(name, variables = {}, { signal, own = false } = {}) {
  const response = await sent(own ? name : queries[name], variables, signal);
  const body = await response.json().catch(() => null);
  if (response.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  if (response.status === 401) throw new Failure("pages.no_entry", t("pages.no_entry"), 401);
  if (own) return body;
  const error = body?.errors?.[0];
  if (!body?.data || error) {
    throw new Failure(error?.extensions?.key ?? "pages.failed", said(error, response.status), response.status);
  }
  note(body.data);
  return body.data;
}

function said(error, status) {
  return error?.extensions?.key && !error.message.startsWith(error.extensions.key)
    ? error.message
    : t("pages.failed", { status: String(status) });
}

async function sent(query, variables, signal) {
  const question = {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "Accept-Language": languageNow(),
      "X-Faultline": "1", // no other site can send it: without it a session is not honoured
    },
    body: JSON.stringify({ query, variables }),
    credentials: "same-origin",
    signal,
  };
  // a connection that was kept may be closed just when it is used again: what changes nothing is asked once more
  for (const again of /^\s*mutation\b/.test(query) ? [false] : [true, false]) {
    try {
      return await fetch("/graphql", question);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (again) await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
  throw new Failure("pages.unreachable", t("pages.unreachable"));
}

function note(data) {
  if (typeof data.revision === "number" && data.revision !== revision) {
    revision = data.revision;
    for (const tell of watchers) tell(revision);
  }
}

// What a component asks: {data, failure, waiting, again}. What was answered before is shown while it is asked anew.
export function useAsk(name, variables = {}, { skip = false } = {}) {
  const key = `${languageNow()} ${name} ${JSON.stringify(variables)}`;
  const [state, set] = useState({ key: null });
  const [turn, again] = useState(0);
  useEffect(() => {
    if (skip) return undefined;
    const giving = new AbortController();
    set({ key, data: answers.get(key), waiting: true });
    ask(name, variables, { signal: giving.signal })
      .then((data) => {
        remember(key, data);
        set({ key, data, waiting: false });
      })
      .catch((failure) => failure.name !== "AbortError" && set({ key, failure, waiting: false }));
    return () => giving.abort();
  }, [key, turn, skip]);
  // the state of another question is not an answer to this one
  const now = state.key === key ? state : { data: answers.get(key), waiting: !skip };
  return { ...now, again: () => again((count) => count + 1) };
}

function remember(key, data) {
  answers.delete(key);
  answers.set(key, data);
  if (answers.size > KEPT) answers.delete(answers.keys().next().value);
}

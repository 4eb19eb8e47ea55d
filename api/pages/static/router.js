// Addresses: a click on a link of ours changes the page without loading it again; back and forward work as ever.
import { useEffect, useState } from "./dom.js";

const listeners = new Set();
let keeper = null; // of a page that is not to be left without a word
let here = location.pathname + location.search;

// Asks before the page is left: `ask(go)` gives whether it may be, or holds on to `go`, which then leaves. Gives what
// ends that.
export function keepHere(ask) {
  keeper = ask;
  return () => {
    if (keeper === ask) keeper = null;
  };
}

const placed = (id) => id.split("/").map(encodeURIComponent).join("/");
export const addressOf = (ciId, params) => `/ci/${placed(ciId)}${asked(params)}`;
export const changeAddress = (changeId, params) => (hasPath(changeId) ? `/changes/${placed(changeId)}${asked(params)}`
  : `/change${asked({ id: changeId, ...params })}`);
export const editAddress = (changeId) => (hasPath(changeId) ? `/changes/${placed(changeId)}/edit`
  : `/change/edit${asked({ id: changeId })}`);

// Whether the id of a change can stand in the path: not where that is another page's, or where browsers leave a part of
// it out (`graph.records.page` says the same).
function hasPath(changeId) {
  const parts = changeId.split("/");
  const isForm = parts.length > 1 && parts[parts.length - 1] === "edit";
  return !(["new", "calendar", "agenda"].includes(changeId) || changeId.startsWith("feed/") || isForm
    || parts.some((part) => ["", ".", ".."].includes(part)));
}

export function asked(params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given.flatMap(([k, v]) => (Array.isArray(v) ? v.map((one) => [k, one]) : [[k,
    v]])));
  return given.length && query.size ? `?${query}` : "";
}

// Whether the page may be left; else it holds on to `go`, which then leaves.
export const mayLeave = (go) => !keeper || keeper(go);

// The page may be left at once: what it held is saved, or given up.
export const letGo = () => {
  keeper = null;
};

export function navigate(address, { replace = false } = {}) {
  if (!mayLeave(() => navigate(address, { replace }))) return;
  if (replace) history.replaceState(history.state, "", address);
  else {
    history.replaceState({ ...history.state, top: scrollY }, "");
    history.pushState({}, "", address);
  }
  tell({ moved: !replace });
}

function tell(how) {
  for (const listener of listeners) listener(how);
}

// {path, query, moved}: `moved` counts the times that another page was gone to, so that its heading gets the focus.
export function useAddress() {
  const [now, set] = useState(read(0));
  useEffect(() => {
    const listener = ({ moved }) => {
      here = location.pathname + location.search;
      set((old) => read(old.moved + (moved ? 1 : 0)));
    };
    const back = () => {
      if (!mayLeave(() => history.back())) history.pushState({}, "", here);
      else listener({ moved: true });
    };
    listeners.add(listener);
    addEventListener("popstate", back);
    document.addEventListener("click", followed);
    return () => {
      listeners.delete(listener);
      removeEventListener("popstate", back);
      document.removeEventListener("click", followed);
    };
  }, []);
  return now;
}

const read = (moved) => ({ path: location.pathname, query: new URLSearchParams(location.search), moved });

function followed(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || link.hash || link.dataset.native !== undefined) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

// {name: text} where a path matches, such as "/ci/*ciId"; null elsewhere.
export function matched(pattern, path) {
  const names = [];
  const source = pattern.replace(/[*:](\w+)/g, (whole, name) => {
    names.push(name);
    return whole[0] === "*" ? "(.+)" : "([^/]+)";
  });
  const found = new RegExp(`^${source}/?$`).exec(path);
  return found && Object.fromEntries(names.map((name, at) => [name, decoded(found[at + 1])]));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Starts the pages: texts and queries first, then the page that the address names, each a module of its own.
import { loadQueries } from "./ask.js";
import { fileOf } from "./base.js";
import { Failed, Skeleton } from "./common.js";
import { html, render, useEffect, useErrorBoundary, useLayoutEffect, useState } from "./dom.js";
import { Frame } from "./frame.js";
import { follow } from "./live.js";
import { matched, useAddress } from "./router.js";
import { languageNow, t, useLanguage } from "./texts.js";
import { wordsAre } from "./words.js";

// A page is a module in pages/ with a component `Page({params, query, moved})`; its address begins each line.
const BY_ID = {}; // the id of the change stands in the query
const PAGES = [
  ["/", () => import("./pages/home.js")],
  ["/ci/*ciId", () => import("./pages/ci.js")],
  ["/explore", () => import("./pages/explore.js")],
  ["/changes", () => import("./pages/changes.js")],
  ["/changes/new", () => import("./pages/change_form.js")],
  ["/changes/*changeId/edit", () => import("./pages/change_form.js")],
  ["/changes/calendar", () => import("./pages/calendar.js")],
  ["/changes/agenda", () => import("./pages/agenda.js")],
  ["/changes/*changeId", () => import("./pages/change.js")],
  ["/change", () => import("./pages/change.js"), BY_ID],
  ["/change/edit", () => import("./pages/change_form.js"), BY_ID],
  ["/questions", () => import("./pages/questions.js")],
  ["/questions/:question", () => import("./pages/questions.js")],
  ["/continuity", () => import("./pages/questions.js"), { question: "continuity" }],
  ["/kpi", () => import("./pages/questions.js"), { question: "kpi" }],
  ["/imports", () => import("./pages/imports.js")],
  ["/admin", () => import("./pages/admin.js")],
  ["/graphql", () => import("./pages/graphql.js")],
];
const modules = new Map(); // of pages that were there already, so that going back waits for nothing

function found({ path, query }) {
  for (const [pattern, load, given] of PAGES) {
    const params = matched(pattern, path);
    if (params && given === BY_ID) return query.has("id") && { pattern, load, params: { changeId: query.get("id") } };
    if (params) return { pattern, load, params: { ...given, ...params } };
  }
  return null;
}

function App() {
  const address = useAddress();
  const [, renew] = useState(0);
  const place = found(address);
  return html`<${Frame} path=${address.path} renew=${() => renew((count) => count + 1)}>
    <${Room} key=${address.path + (address.query.get("id") ?? "") + languageNow()} place=${place} address=${address} />
  <//>`;
}

function Room({ place, address }) {
  const [Page, set] = useState(() => modules.get(place?.pattern));
  const [failure, setFailure] = useState(null);
  const [broken] = useErrorBoundary((error) => console.error(error));
  useEffect(() => {
    if (!place || Page) return;
    place.load().then((module) => {
      modules.set(place.pattern, module.Page);
      set(() => module.Page);
    }, () => setFailure({ message: t("pages.unreachable") }));
  }, [place?.pattern]);
  useLayoutEffect(() => scrollTo(0, history.state?.top ?? 0), []);
  useEffect(() => {
    if (!place) document.title = `${t("pages.nowhere")} · Faultline`;
  });
  if (!place) return html`<h1>${t("pages.nowhere")}</h1><p>${t("pages.nowhere_more")}</p>`;
  if (broken) return html`<${Failed} failure=${{ message: t("pages.broken") }} again=${() => location.reload()} />`;
  if (failure) return html`<${Failed} failure=${failure} again=${() => location.reload()} />`;
  if (!Page) return html`<${Skeleton} lines=${6} />`;
  return html`<${Page} params=${place.params} query=${address.query} moved=${address.moved} />`;
}

// "/" goes to the search, wherever one is but in a field
function toSearch(event) {
  const field = document.querySelector("[data-search]");
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || !field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

history.scrollRestoration = "manual";
document.addEventListener("keydown", toSearch);
const [words] = await Promise.all([fileOf("words.json"), useLanguage(languageNow()), loadQueries()]);
wordsAre(words);
const room = document.getElementById("app");
room.replaceChildren();
render(html`<${App} />`, room);
follow();

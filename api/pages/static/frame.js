// What stands around every page: where one is, what the answer rests on, language and theme.
import { signOut, useAsk } from "./ask.js";
import { keep } from "./base.js";
import { html, useState } from "./dom.js";
import { Revision } from "./revision.js";
import { mayLeave } from "./router.js";
import { Search } from "./search.js";
import { ZONE, keepLanguage, languageNow, t, useLanguage } from "./texts.js";

const PLACES = [["/", "home"], ["/explore", "explore"], ["/changes", "changes"], ["/questions", "questions"],
  ["/imports", "imports"], ["/graphql", "graphql"]];
// a place that is not for everybody, and the questions of which one is enough
const ADMIN = ["/admin", "admin"];
const ADMINISTERS = ["query.principals", "query.accessChanges"];
const UNDER = { "/continuity": "/questions", "/kpi": "/questions", "/change": "/changes", "/change/edit": "/changes" };

export function Frame({ path, renew, children }) {
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("pages.skip")}</a>
    <${Head} path=${path} renew=${renew} />
    <main id="main" tabindex="-1">${children}</main>
    <footer class="foot"><span>${t("pages.zone", { zone: ZONE })}</span></footer>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function Head({ path, renew }) {
  const me = useAsk("me").data?.me;
  const may = me?.may ?? [];
  const places = ADMINISTERS.some((each) => may.includes(each)) ? [...PLACES, ADMIN] : PLACES;
  return html`<header class="head">
    <a class="brand" href="/">Faultline</a>
    <nav aria-label=${t("pages.places")}>
      ${places.map(([place,
        name]) => html`<a key=${place} href=${place} aria-current=${isAt(place, path) ? "page" : undefined}>
        ${t(`pages.place_${name}`)}</a>`)}
    </nav>
    ${path === "/" ? html`<span class="search-room" />` : html`<${Search} key=${path} />`}
    <${Revision} />
    <div class="switches">${me && !me.local && html`<${SignOut} name=${me.name} />`}
      <${Languages} renew=${renew} /><${Themes} /></div>
  </header>`;
}

// Who is signed in, and their way out.
function SignOut({ name }) {
  const [said, say] = useState("");
  const leave = async () => {
    try {
      await signOut();
    } catch (failure) {
      say(failure.message);
    }
  };
  return html`<span class="who" title=${name}>${name}</span>
    <button type="button" class="out" title=${name} onClick=${() => mayLeave(leave) && leave()}>${t("pages.sign_out")}</button>
    <span class="note" role="alert">${said}</span>`;
}

const isAt = (place, path) =>
  place === "/" ? path === "/" : path.startsWith(place) || (UNDER[path] ?? "") === place;

function Languages({ renew }) {
  const other = languageNow() === "zh" ? "en" : "zh";
  const change = async () => {
    await useLanguage(other);
    keepLanguage();
    renew();
  };
  return html`<button type="button" class="language" onClick=${change}
    title=${t("pages.language_other")}>中文 / EN</button>`;
}

function Themes() {
  const [theme, set] = useState(document.documentElement.dataset.theme);
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const change = () => {
    const wanted = dark ? "light" : "dark";
    document.documentElement.dataset.theme = wanted;
    keep("theme", wanted);
    set(wanted);
  };
  return html`<button type="button" onClick=${change}>${t(dark ? "pages.theme_light" : "pages.theme_dark")}</button>`;
}

// Search as somebody types: ids, names, pinyin; a combobox whose list the arrow keys walk.
import { ask } from "./ask.js";
import { html, useEffect, useRef, useState } from "./dom.js";
import { addressOf, navigate } from "./router.js";
import { languageNow, t } from "./texts.js";
import { className } from "./words.js";

const PAUSE = 60; // milliseconds without a key before it is asked
const MOST = 12;

export function Search({ large = false, start = false, onChosen, label = t("pages.search"),
  name = large ? "search-large" : "search" }) {
  const [text, type] = useState("");
  const [found, show] = useState({ text: "", hits: null, failure: null });
  const [at, point] = useState(-1);
  const [open, setOpen] = useState(false);
  const field = useRef(null);
  const hurried = useRef(null); // the text of which Enter was pressed before its answer was there

  const choose = (hit) => {
    hurried.current = null;
    setOpen(false);
    type("");
    if (onChosen) onChosen(hit.ci);
    else navigate(addressOf(hit.ci.ciId));
  };
  useEffect(() => {
    if (start) field.current?.focus({ preventScroll: true });
  }, [start]);
  useEffect(() => {
    if (!text.trim()) {
      show({ text, hits: null, failure: null });
      return undefined;
    }
    const giving = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { search } = await ask("search", { text, most: MOST }, { signal: giving.signal });
        show({ text, hits: search.hits, failure: null });
        point(search.hits.length ? 0 : -1);
      } catch (failure) {
        if (failure.name !== "AbortError") show({ text, hits: null, failure });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      giving.abort();
    };
  }, [text, languageNow()]);
  useEffect(() => {
    if (hurried.current === found.text && found.hits?.length) choose(found.hits[0]);
  }, [found]);

  const hits = found.hits ?? [];
  const pressed = (event) => {
    if (event.isComposing) return; // a character is still being put together from its pinyin
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hits.length) {
      setOpen(true);
      point((old) => (old + step + hits.length) % hits.length);
    } else if (event.key === "Enter" && open && hits[at] && found.text === event.target.value) choose(hits[at]);
    // never sent to a form around it, which would be sent without what was being looked for
    else if (event.key === "Enter" && (onChosen || event.target.value.trim())) {
      hurried.current = found.text === event.target.value ? null : event.target.value;
    } else if (event.key === "Escape" && (open || text)) open && text ? setOpen(false) : type("");
    else return;
    event.preventDefault();
  };
  const listed = open && text.trim();
  const message = found.failure?.message ?? (found.hits ? t("pages.search_nothing", { text }) : t("pages.searching"));
  return html`<div class="search ${large ? "large" : ""}" role=${onChosen ? undefined : "search"}
    onFocusOut=${(event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
  }}>
    <input ref=${field} id=${name} type="text" role="combobox" autocomplete="off" spellcheck=${false} maxlength="200"
      aria-label=${label} placeholder=${t("pages.search_hint")} aria-autocomplete="list"
      aria-expanded=${Boolean(listed)} aria-controls="${name}-list" data-search=${onChosen ? undefined : ""}
      aria-activedescendant=${listed && at >= 0 ? `${name}-${at}` : undefined}
      value=${text} onInput=${(event) => { hurried.current = null; type(event.target.value); setOpen(true); }}
      onFocus=${() => setOpen(true)} onKeyDown=${pressed} />
    ${!onChosen && html`<kbd aria-hidden="true">/</kbd>`}
    <div class="hits" hidden=${!listed}>
      <ul id="${name}-list" role="listbox" aria-label=${t("pages.search_found")}>
        ${listed && hits.map((hit, place) => html`<li key=${hit.ci.ciId} id="${name}-${place}" role="option"
          aria-selected=${place === at} onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(hit)}>
          <strong>${hit.ci.name}</strong>
          <span class="note">${className(hit.ci.ciClass)}</span>
          <span class="note id">${hit.ci.ciId}</span>
          ${hit.ci.status !== "live" && html`<span class="note">${t(`pages.status_${hit.ci.status}`)}</span>`}
        </li>`)}
      </ul>
      ${listed && !hits.length && html`<p class="note">${message}</p>`}
    </div>
    <span class="unseen" role="status">
      ${listed && hits.length ? t("pages.search_count", { count: hits.length }) : ""}</span>
  </div>`;
}

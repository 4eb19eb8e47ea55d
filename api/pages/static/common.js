// What all pages are made of: panels, waiting, failing, nothing, more.
import { html, useEffect, useMemo, useRef, useState } from "./dom.js";
import { number, t } from "./texts.js";

export function Panel({ title, note, actions, children, class: name = "", level = 2 }) {
  return html`<section class="panel ${name}">
    ${title && html`<header><${`h${level}`}>${title}<//>${note && html`<span class="note">${note}</span>`}
      ${actions && html`<div class="actions">${actions}</div>`}</header>`}
    <div class="inside">${children}</div>
  </section>`;
}

// Lines where text will be, at once and without moving what follows.
export function Skeleton({ lines = 3, tall = false }) {
  return html`<div class="skeleton ${tall ? "tall" : ""}" role="status" aria-label=${t("pages.waiting")}>
    ${Array.from({ length: lines }, (_, at) => html`<span key=${at} />`)}
  </div>`;
}

export function Failed({ failure, again }) {
  return html`<div class="failed" role="alert">
    <p>${failure.message}</p>
    ${again && html`<button type="button" onClick=${again}>${t("pages.again")}</button>`}
  </div>`;
}

// What comes later than the rest of a page: until then what will stand there, or why it does not come.
export function Later({ data, failure, again, children }) {
  if (data) return children(data);
  return failure ? html`<${Failed} failure=${failure} again=${again} />` : html`<${Skeleton} lines=${2} />`;
}

// What would stand here, and what fills it.
export function Empty({ children, action }) {
  return html`<div class="empty"><p>${children}</p>${action}</div>`;
}

// A page that would name what somebody with scopes is not shown: the server refuses its question by this key.
export const isNotScoped = (failure) => failure?.key === "server.not_scoped";

export function NotScoped({ moved }) {
  return html`<${Sentence} moved=${moved} note=${t("pages.limited_note")}>${t("pages.limited")}<//>`;
}

export function More({ count, onClick }) {
  return count > 0 && html`<button type="button" class="more" onClick=${onClick}>
    ${t("pages.more", { count })}</button>`;
}

// How much of a list is not there yet, as the button that fetches the next of it.
export function Rest({ count, hasMore, more, failure }) {
  return html`${failure && html`<p class="note">${failure.message}</p>`}
    ${hasMore && html`<${More} count=${count} onClick=${more} />`}`;
}

// A part of a page: what it shows while it is asked for, when that failed, and with the answer.
export function Answered({ asked, lines, tall, children }) {
  if (asked.failure) return html`<${Failed} failure=${asked.failure} again=${asked.again} />`;
  if (!asked.data) return html`<${Skeleton} lines=${lines} tall=${tall} />`;
  return html`<div class="answered ${asked.waiting ? "waiting" : ""}">${children(asked.data)}</div>`;
}

// What stands in the place of the sentence while there is no answer.
export const notYet = (asked) => t(asked.failure ? "live.unanswered" : "live.asking");

let arrived = 0;

// The sentence that a page opens with. It takes the focus when somebody comes from another page, once, so that whoever
// goes on before the answer is there is not called back.
export function Sentence({ children, tone = "", verdict, note, moved, actions }) {
  const heading = useRef(null);
  useEffect(() => {
    if (!moved || (moved === arrived && document.activeElement !== document.body)) return;
    arrived = moved;
    heading.current?.focus({ preventScroll: true });
  }, [moved]);
  return html`<div class="sentence ${tone}">
    ${verdict && html`<p class="verdict">${verdict}</p>`}
    <div class="words"><h1 tabindex="-1" ref=${heading}>${children}</h1>${note && html`<p class="note">
      ${note}</p>`}</div>
    ${actions && html`<div class="actions">${actions}</div>`}
  </div>`;
}

// What stands as it was drawn until something of `of` is another one: the next question alone draws nothing anew.
export const Same = ({ of, children }) => useMemo(() => children, of);

// A list of which some are shown and the rest opens in place.
export function useSome(all, some) {
  const [open, set] = useState(false);
  const shown = open ? all : all.slice(0, some);
  return [shown, html`<${More} count=${all.length - shown.length} onClick=${() => set(true)} />`];
}

export const Number = ({ value, digits }) => html`<span class="number">${number(value, digits)}</span>`;

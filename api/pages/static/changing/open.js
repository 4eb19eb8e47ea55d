// Questions on a change that nobody has answered, said where somebody would decide on it.
import { html } from "../dom.js";
import { t } from "../texts.js";
import { OPEN } from "./needs.js";

// Whether answers are missing before a step, by the server's word.
export const isAsked = (step) => step.missing.includes(OPEN);

// `href`: where they are read; without it they stand further down the page.
export function OpenQuestions({ change, href }) {
  const count = change.openQuestions?.length ?? 0;
  if (!count) return null;
  const said = t("talk.count_open", { count });
  return html`<p class="note missing">${href ? html`<a href=${href}>${said}</a>` : html`<button type="button" class="ask"
    onClick=${show}>${said}</button>`}</p>`;
}

function show() {
  const talk = document.getElementById("talk");
  talk?.scrollIntoView();
  talk?.focus({ preventScroll: true });
}

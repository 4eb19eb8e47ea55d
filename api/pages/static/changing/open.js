// Questions on a change that nobody has answered, said where somebody would decide on it.
import { html } from "../dom.js";
import { t } from "../texts.js";
import { OPEN } from "./needs.js";

// Whether answers are missing before a step, by the server's word.
export const isAsked = (step) => step.missing.includes(OPEN);

export function OpenQuestions({ change, to }) {
  const count = change.openQuestions.length;
  return count > 0 && html`<p class="note missing"><a href=${to} data-native>${t("talk.missing", { count })}</a></p>`;
}

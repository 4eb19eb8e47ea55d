// The explorer at a moment of the past: where it is chosen, that it is said, and the one click back to now.
import { html, useEffect, useState } from "../dom.js";
import { addressed, momentOf } from "../moments.js";
import { ZONE, t } from "../texts.js";
import { go } from "./view.js";

// The moment that a view is of: {iso} for the question, {said} for people; `isWrong`: what the address says is none.
export function pastOf(view) {
  if (!view.at) return null;
  const moment = momentOf(view.at);
  return moment === null ? { isWrong: true, said: view.at } : { iso: new Date(moment).toISOString(),
    said: saidOf(moment) };
}

const saidOf = (moment) => addressed(moment).slice(0, -6).replace("T", " ");

export function Moment({ view }) {
  const said = pastOf(view)?.said ?? "";
  const [text, type] = useState(said);
  useEffect(() => type(said), [said]);
  const choose = (event) => {
    event.preventDefault();
    const moment = momentOf(text);
    go(view, { at: moment === null ? text.trim().slice(0, 60) : addressed(moment) });
  };
  return html`<form class="choices moment" onSubmit=${choose}>
    <label class="choice"><span>${t("explorer.choose_moment")}</span>
      <input type="text" name="moment" maxlength="60" autocomplete="off" spellcheck=${false} size="18"
        placeholder=${t("explorer.now")} aria-describedby="moment-help" value=${text}
        onInput=${(event) => type(event.target.value)} /></label>
    <button type="submit">${t("explorer.show_moment")}</button>
    <span id="moment-help" class="note">${t("explorer.moment_help", { zone: ZONE })}</span>
  </form>`;
}

// Above the picture as long as it is not of now; where there is none, why is said above.
export function Then({ view, isRefused }) {
  const back = () => {
    go(view, { at: "" });
    document.querySelector("main h1")?.focus(); // the button goes
  };
  return html`<div class="then" role="note">
    ${!isRefused && html`<p>${t("explorer.then")}</p>`}
    <button type="button" class="primary" onClick=${back}>${t("explorer.back_to_now")}</button>
  </div>`;
}

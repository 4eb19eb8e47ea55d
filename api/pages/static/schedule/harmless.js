// Several harmless changes approved at once: first what each would become, then one decision each, on what was read.
import { Panel } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { t } from "../texts.js";
import { shapeOf, verdictName, windowOf } from "../pages/change_words.js";
import { becomes } from "./entry.js";

// some: [{change, review}]; `decide(change, decision, reason)` gives what came of it: {said} or {failed}.
export function Harmless({ some, decide, reason: given, going }) {
  const [isOpen, open] = useState(false);
  const [left, leave] = useState(new Set());
  const [reason, write] = useState("");
  const [told, tell] = useState(null);
  const heading = useRef(null);
  useEffect(() => {
    if (isOpen || told) heading.current?.focus();
  }, [isOpen, told]);
  const chosen = some.filter(({ change }) => !left.has(change.changeId));
  const begin = () => {
    write(given);
    tell(null);
    open(true);
  };
  const run = async (event) => {
    event.preventDefault();
    const done = [];
    for (const { change } of chosen) done.push({ change, ...await decide(change, "approved", reason.trim()) });
    open(false);
    tell(done);
  };
  const turn = (id) => leave((old) => new Set(old.has(id) ? [...old].filter((each) => each !== id) : [...old, id]));
  if (!isOpen && !told && !some.length) return null;
  if (!isOpen) {
    return html`<div class="harmless">${told && html`<${Told} told=${told} heading=${heading} />`}
      ${some.length > 0 && html`<p class="actions"><button type="button" disabled=${going} onClick=${begin}>
      ${t("schedule.harmless", { count: some.length })}</button></p>`}</div>`;
  }
  return html`<${Panel} title=${t("schedule.preview")} class="harmless flush">
    <p class="note" tabindex="-1" ref=${heading}>${t("schedule.preview_note")}</p>
    <ul class="rows">${some.map(({ change, review }) => html`<li key=${change.changeId}><label class="line">
      <input type="checkbox" checked=${!left.has(change.changeId)} onChange=${() => turn(change.changeId)} />
      <${Mark} state=${shapeOf(review.verdict)} word=${verdictName(review.verdict)} />
      <strong>${change.title}</strong><span class="id">${change.changeId}</span>
      <span class="number">${windowOf(change.plannedStart, change.plannedEnd)}</span>
      <span class="right">${becomes(change)}</span></label></li>`)}</ul>
    <form class="deciding" onSubmit=${run}><label for="harmless-reason">${t("schedule.why_approved")}</label>
      <input id="harmless-reason" type="text" maxlength="10000" value=${reason}
        onInput=${(event) => write(event.target.value)} />
      <span class="actions"><button type="submit" class="primary" disabled=${going || !reason.trim() || !chosen.length}>
        ${t("schedule.approve_all", { count: chosen.length })}</button>
      <button type="button" disabled=${going} onClick=${() => open(false)}>${t("schedule.cancel")}</button></span></form>
  <//>`;
}

// What came of them; who was left out is named with the reason.
function Told({ told, heading }) {
  const out = told.filter((each) => each.failed);
  return html`<div class="told" role="status"><p tabindex="-1" ref=${heading}>${t("schedule.approved_all", {
      count: told.length - out.length })}${out.length > 0 && ` ${t("schedule.left_out", { count: out.length })}`}</p>
    ${out.length > 0 && html`<ul>${out.map(({ change, failed }) => html`<li key=${change.changeId}>
      <a href=${changeAddress(change.changeId)}>${change.changeId}</a> ${failed}</li>`)}</ul>`}</div>`;
}

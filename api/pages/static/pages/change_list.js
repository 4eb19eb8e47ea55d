// What lists of changes are made of: the way between them, rows with their verdicts, collisions as sentences.
import { html, useState } from "../dom.js";
import { linked, placesOf } from "../links.js";
import { changeAddress } from "../router.js";
import { saveView, forgetView, savedViews } from "../explore/saved.js";
import { Verdict } from "../schedule/verdicts.js";
import { Mark } from "../states.js";
import { t } from "../texts.js";
import { categoryName, shapeOf, statusName, verdictName, windowOf } from "./change_words.js";

const WAITING = ["draft", "submitted", "assessed", "approved", "scheduled"];
const PLACES = [["list", "/changes"], ["calendar", "/changes/calendar"], ["agenda", "/changes/agenda"]];

export function Places({ at }) {
  return html`<nav class="tabs" aria-label=${t("schedule.places")}>${PLACES.map(([name, place]) => html`<a key=${name}
    href=${place} aria-current=${name === at ? "page" : undefined}>${t(`schedule.place_${name}`)}</a>`)}</nav>`;
}

// {changeId: the worst of the conflicts that it is in}
export function severitiesOf(conflicts) {
  const found = new Map();
  for (const { changes, severity } of conflicts) {
    for (const id of changes) if (found.get(id) !== "block") found.set(id, severity);
  }
  return found;
}

// A conflict as a sentence, with links to whom it is about.
export function Collision({ conflict, own }) {
  const places = placesOf([...conflict.cis, ...conflict.services], conflict.changes, own);
  return html`<li><div class="line">
    <${Mark} state=${shapeOf(conflict.severity)} word=${verdictName(conflict.severity)} />
    <strong>${linked(conflict.message, places, { byId: true })}</strong>
    <span class="right note">${windowOf(conflict.from, conflict.to)}</span></div></li>`;
}

// What could not be used: counted, and opened by whoever mends it.
export function Notes({ notes }) {
  return notes.length > 0 && html`<details class="note notes"><summary>${t("schedule.notes", { count: notes.length })}
    </summary><ul class="plain">${notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul></details>`;
}

// still waiting to be carried out, though its time is over
const isOver = (each) => WAITING.includes(each.status) && each.plannedEnd && Date.parse(each.plannedEnd) < Date.now();

export function Table({ changes, severities, verdicts }) {
  return html`<div class="scroll"><table class="cards">
    <thead><tr><th>${t("schedule.column_verdict")}</th><th>${t("rfc.column_change")}</th><th>${t("rfc.column_window")}</th>
      <th>${t("rfc.column_category")}</th><th>${t("rfc.column_status")}</th><th>${t("rfc.column_team")}</th></tr></thead>
    <tbody>${changes.map((each) => html`<tr key=${each.changeId}>
      <td class="verdict-of"><${Verdict} verdicts=${verdicts} id=${each.changeId} /></td>
      <th scope="row"><a href=${changeAddress(each.changeId)}><strong>${each.title}</strong></a>
        <span class="id"> ${each.changeId}</span>
        ${verdicts.found.get(each.changeId)?.reason && html`<div class="note">${verdicts.found.get(each.changeId).reason}</div>`}
        ${severities?.has(each.changeId) && html`<div><${Mark} state=${shapeOf(severities.get(each.changeId))}
          word=${t("rfc.collides")} /></div>`}</th>
      <td data-label=${t("rfc.column_window")}><span class="number">${windowOf(each.plannedStart, each.plannedEnd)}</span>
        ${severities && isOver(each) && html`<div class="note">${t("rfc.over")}</div>`}</td>
      <td data-label=${t("rfc.column_category")}>${categoryName(each.category)}</td>
      <td data-label=${t("rfc.column_status")}>${statusName(each.status)}</td>
      <td data-label=${t("rfc.column_team")}>${each.team ?? "—"}</td>
    </tr>`)}</tbody></table></div>`;
}

// Views of the list that this browser keeps, as the explorer keeps its own: a name for an address.
export function Saved({ address }) {
  const [views, set] = useState(() => savedViews("/changes"));
  const [name, write] = useState("");
  const [said, say] = useState("");
  const attempt = (act) => {
    try {
      act();
      set(savedViews("/changes"));
      say("");
    } catch {
      say(t("explorer.saved_failed"));
    }
  };
  const save = (event) => {
    event.preventDefault();
    if (!name.trim()) return;
    attempt(() => saveView(name, address));
    write("");
  };
  const names = Object.keys(views).sort((a, b) => a.localeCompare(b));
  return html`<details class="views"><summary>${t("schedule.views", { count: names.length })}</summary>
    ${names.length > 0 && html`<ul class="plain">${names.map((one) => html`<li key=${one}><a href=${views[one]}>${one}</a>
      <button type="button" class="ask" aria-label=${t("schedule.view_forget", { name: one })}
        onClick=${() => attempt(() => forgetView(one))}>×</button></li>`)}</ul>`}
    <form onSubmit=${save}><label><span class="note">${t("schedule.view_name")}</span>
      <input type="text" name="view" maxlength="80" value=${name} onInput=${(event) => write(event.target.value)} /></label>
      <button type="submit">${t("schedule.view_save")}</button></form>
    <p class="note" role="status">${said}</p></details>`;
}

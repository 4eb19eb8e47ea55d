// What a change affects, in its form: picked by search, pasted, or from the graph around what is picked already.
import { Panel, useSome } from "../common.js";
import { html, useRef, useState } from "../dom.js";
import { addressOf } from "../router.js";
import { Search } from "../search.js";
import { number, t } from "../texts.js";
import { className } from "../words.js";
import { Around } from "./around.js";
import { EFFECTS } from "./draft.js";
import { MOST, readLines } from "./paste.js";

const SHOWN = 12;

// `set`: takes what makes the next list of the last.
export function Affected({ affected, set, error }) {
  const [around, show] = useState(null);
  const [shown, more] = useSome(affected, SHOWN);
  const box = useRef(null);
  const add = (cis) => set((old) => {
    const known = new Set(old.map((each) => each.ciId));
    return [...old, ...cis.filter((ci) => !known.has(ci.ciId)).map((ci) => ({ ciId: ci.ciId, name: ci.name,
      ciClass: ci.ciClass, effect: ci.effect ?? "outage" }))];
  });
  const effect = (ciId, value) => set((old) => old.map((each) => (each.ciId === ciId ? { ...each, effect: value } : each)));
  const drop = (ciId) => {
    set((old) => old.filter((each) => each.ciId !== ciId));
    box.current?.querySelector("input")?.focus(); // the button that was pressed is gone
  };
  return html`<${Panel} title=${t("draft.affected")} note=${number(affected.length)} class="picked">
    <div id="draft-affected" tabindex="-1">
      ${!affected.length && html`<p class="note">${t("draft.affected_none")}</p>`}
      <ul class="plain">${shown.map((each) => html`<li key=${each.ciId} data-ci=${each.ciId}>
        <span><a href=${addressOf(each.ciId)}><strong>${each.name}</strong></a> <span class="note">
          ${each.ciClass && className(each.ciClass)} <span class="id">${each.ciId}</span></span></span>
        <span class="how"><select aria-label=${t("draft.effect_of", { name: each.name })} value=${each.effect}
          onChange=${(event) => effect(each.ciId, event.target.value)}>
          ${EFFECTS.map((one) => html`<option key=${one} value=${one} selected=${one === each.effect}>
            ${t(`impact.effect_${one}`)}</option>`)}</select>
        <button type="button" aria-expanded=${around === each.ciId} onClick=${() => show(around === each.ciId ? null
          : each.ciId)}>${t("draft.around")}<span class="unseen"> ${each.name}</span></button>
        <button type="button" onClick=${() => drop(each.ciId)}>${t("draft.drop")}<span class="unseen"> ${each.name}
          </span></button></span>
        ${around === each.ciId && html`<${Around} ci=${each} picked=${affected} add=${add} />`}
      </li>`)}</ul>${more}
      ${error && html`<p class="wrong" role="alert">${error}</p>`}
    </div>
    <div class="with" ref=${box}><span class="note">${t("draft.search")}</span><${Search} name="affected"
      label=${t("draft.search")} onChosen=${(ci) => add([ci])} /></div>
    <${Paste} affected=${affected} add=${add} />
  <//>`;
}

function Paste({ affected, add }) {
  const [text, write] = useState("");
  const [told, tell] = useState(null);
  const read = async () => {
    tell({ going: true });
    try {
      const found = await readLines(text, affected);
      const taken = found.lines.filter((each) => each.ci && !each.wrong && !each.isTwice);
      const again = found.lines.filter((each) => each.isTwice && !each.wrong).length;
      add(taken.map((each) => ({ ...each.ci, effect: each.effect })));
      const wrong = found.lines.filter((each) => each.wrong);
      // what could be read leaves the field; what could not stays, to be mended
      write([...wrong.map((each) => each.line), ...text.split(/\r\n|\r|\n/).filter((line) => line.trim())
        .slice(found.left ? -found.left : Infinity)].join("\n"));
      tell({ count: taken.length, again, wrong, left: found.left });
    } catch (failure) {
      tell({ failure: failure.message });
    }
  };
  return html`<details class="paste"><summary>${t("draft.paste")}</summary>
    <label for="paste" class="note">${t("draft.paste_note")}</label>
    <textarea id="paste" rows="4" spellcheck=${false} value=${text} aria-describedby="paste-told"
      onInput=${(event) => write(event.target.value)} />
    <p><button type="button" disabled=${!text.trim() || told?.going} onClick=${read}>${t("draft.paste_go")}</button></p>
    <div id="paste-told" role="status">
      ${told?.going && html`<p>${t("pages.waiting")}</p>`}
      ${told?.failure && html`<p class="wrong">${told.failure}</p>`}
      ${told?.wrong && html`<p>${t("draft.paste_taken", { count: told.count })}
        ${told.again > 0 && ` ${t("draft.paste_again", { count: told.again })}`}
        ${told.left > 0 && ` ${t("draft.paste_left", { count: told.left, most: MOST })}`}</p>
        <ul class="plain">${told.wrong.map((each) => html`<li key=${each.number} class="wrong">
          ${t("draft.line", { number: each.number, line: each.line.slice(0, 80), why: each.wrong })}</li>`)}</ul>`}
    </div>
  </details>`;
}

// What somebody can choose of a view; each choice is a new address.
import { html, useEffect, useState } from "../dom.js";
import { Panel } from "../common.js";
import { Search } from "../search.js";
import { navigate } from "../router.js";
import { number, t } from "../texts.js";
import { className, classes } from "../words.js";
import { exportViews, forgetView, importViews, saveView, savedViews } from "./saved.js";
import { DIRECTIONS, GROUPINGS, HOPS, PER_LANE, STATUSES, VIEWS, addressOfView, go, groupingOf, seedOf, seedText,
  withOne, without } from "./view.js";

const ROLES = ["ci", "seed_outage", "seed_degraded", "seed_retire", "site", "owner"];

export function Controls({ view, nameOf, children }) {
  return html`<${Panel} class="controls">
    <h2 class="unseen">${t("explorer.controls")}</h2>
    <div class="choices">
      <${Choice} name="view" value=${view.view} options=${VIEWS} onChange=${(value) => go(view, { view: value,
        open: [], expand: [], collapse: [], selected: "" })} />
      ${view.view === "neighbourhood" && html`
        <${Choice} name="direction" value=${view.direction} options=${DIRECTIONS} onChange=${(direction) => go(view,
          { direction })} />
        <${Choice} name="hops" value=${view.hops} options=${withNow(HOPS, view.hops)} said=${hopsSaid}
          onChange=${(hops) => go(view, { hops: Number(hops) })} />`}
      <${Choice} name="group" value=${groupingOf(view)} options=${GROUPINGS} onChange=${(group) => go(view, { group,
        open: [] })} />
      <${Choice} name="lane" value=${view.lane} options=${withNow(PER_LANE, view.lane)} said=${laneSaid}
        onChange=${(lane) => go(view, { lane: Number(lane) })} />
    </div>
    ${children}
    <${Picker} view=${view} />
    <${Chips} view=${view} nameOf=${nameOf} />
    <${Filters} view=${view} />
  <//>`;
}

const withNow = (options, now) => (options.includes(now) ? options : [...options, now]);
const hopsSaid = (hops) => (hops ? number(hops) : t("explorer.hops_all"));
const laneSaid = (most) => (most >= 2000 ? t("explorer.lane_all") : number(most));

function Choice({ name, value, options, said = (option) => t(`explorer.option_${name}_${option}`), onChange }) {
  return html`<label class="choice"><span>${t(`explorer.choose_${name}`)}</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${options.map((option) => html`<option key=${option} value=${option}
        selected=${String(option) === String(value)}>${said(option)}</option>`)}
    </select></label>`;
}

// A CI that is looked for and what it is to be of the view.
function Picker({ view }) {
  const roles = view.view === "query" ? ROLES.slice(1) : ROLES;
  const [role, choose] = useState(null);
  const now = roles.includes(role) ? role : roles[0];
  const chosen = ({ ciId }) => {
    if (now === "ci") go(view, { ci: view.view === "paths" ? [...without(view.ci, ciId).slice(-1), ciId]
      : withOne(view.ci, ciId) });
    else if (now.startsWith("seed_")) {
      const others = view.seed.filter((text) => seedOf(text).ciId !== ciId);
      go(view, { seed: [...others, seedText(ciId, now.slice(5))] });
    } else go(view, { [now]: withOne(view[now], ciId) });
  };
  return html`<div class="picker">
    <label class="choice"><span>${t("explorer.choose_role")}</span>
      <select value=${now} onChange=${(event) => choose(event.target.value)}>
        ${roles.map((one) => html`<option key=${one} value=${one}
          selected=${one === now}>${t(`explorer.role_${one}`)}</option>`)}
      </select></label>
    <${Search} name="picker" label=${t(`explorer.role_${now}`)} onChosen=${chosen} />
  </div>`;
}

// What the view is made of, each with a button that takes it away.
function Chips({ view, nameOf }) {
  const chips = [
    ...(view.view === "query" ? [] : view.ci.map((id) => ["ci", id, nameOf(id)])),
    ...view.seed.map((text) => ["seed", text, t(`explorer.seed_${seedOf(text).effect.toLowerCase()}`,
      { name: nameOf(seedOf(text).ciId) })]),
    ...view.class.map((id) => ["class", id, className(id)]),
    ...view.status.map((id) => ["status", id, STATUSES.includes(id) ? t(`pages.status_${id}`) : id]),
    ...view.owner.map((id) => ["owner", id, nameOf(id)]),
    ...view.site.map((id) => ["site", id, nameOf(id)]),
    ...view.collapse.map((id) => ["collapse", id, nameOf(id)]),
    ...view.expand.map((id) => ["expand", id, nameOf(id)]),
    ...(view.text ? [["text", view.text, view.text]] : []),
    ...(view.affected ? [["affected", "1", t("explorer.only_affected")]] : []),
  ];
  const remove = (kind, value) => go(view, { [kind]: Array.isArray(view[kind]) ? without(view[kind], value) : "" });
  return chips.length > 0 && html`<ul class="chips" aria-label=${t("explorer.chips")}>
    ${chips.map(([kind, value, name]) => html`<li key=${kind + value} class="chip">
      <span class="note">${t(`explorer.chip_${kind}`)}</span> ${name}
      <button type="button" aria-label=${t("explorer.remove", { name })} onClick=${() => remove(kind,
        value)}>×</button></li>`)}
  </ul>`;
}

function Filters({ view }) {
  const [text, type] = useState(view.text);
  useEffect(() => type(view.text), [view.text]);
  const some = view.class.length + view.status.length + view.owner.length + view.site.length + (view.text ? 1
    : 0) + (view.affected ? 1 : 0);
  const others = classes().filter((name) => !view.class.includes(name)).sort((a,
    b) => className(a).localeCompare(className(b)));
  const add = (kind) => (event) => event.target.value && go(view, { [kind]: withOne(view[kind], event.target.value) });
  return html`<details class="filters" open=${some > 0}>
    <summary>${some ? t("explorer.filters_some", { count: some }) : t("explorer.filters")}</summary>
    <form class="choices" onSubmit=${(event) => { event.preventDefault(); go(view, { text: text.trim() }); }}>
      <label class="choice"><span>${t("explorer.choose_class")}</span>
        <select value="" onChange=${add("class")}><option value="">${t("explorer.any")}</option>
          ${others.map((name) => html`<option key=${name} value=${name}>${className(name)}</option>`)}</select></label>
      <label class="choice"><span>${t("explorer.choose_status")}</span>
        <select value="" onChange=${add("status")}><option value="">${t("explorer.any")}</option>
          ${without(STATUSES, view.status[0]).map((name) => html`<option key=${name}
            value=${name}>${t(`pages.status_${name}`)}</option>`)}</select></label>
      <label class="choice"><span>${t("explorer.choose_text")}</span>
        <input type="text" maxlength="200" value=${text} onInput=${(event) => type(event.target.value)} /></label>
      <button type="submit">${t("explorer.filter")}</button>
      ${view.seed.length > 0 && html`<label class="check"><input type="checkbox" checked=${Boolean(view.affected)}
        onChange=${(event) => go(view, { affected: event.target.checked ? "1"
          : "" })} /> ${t("explorer.only_affected")}</label>`}
    </form>
  </details>`;
}

export function Saved({ view }) {
  const [views, set] = useState(() => savedViews("/explore"));
  const [name, type] = useState("");
  const [said, say] = useState("");
  const names = Object.keys(views).sort((a, b) => a.localeCompare(b));
  const attempt = (work) => async (event) => {
    event?.preventDefault();
    try {
      say((await work(event)) ?? "");
      set(savedViews("/explore"));
    } catch {
      say(t("explorer.saved_failed"));
    }
  };
  const save = attempt(() => {
    saveView(name, addressOfView({ ...view, selected: "" }));
    type("");
    return t("explorer.saved_done", { name: name.trim() });
  });
  const taken = attempt(async (event) => {
    const [file] = event.target.files;
    const count = file ? await importViews(file) : 0;
    event.target.value = "";
    return t("explorer.saved_taken", { count });
  });
  return html`<${Panel} title=${t("explorer.saved")} class="saved">
    ${names.length > 0 ? html`<ul class="lines">${names.map((one) => html`<li key=${one}>
      <a href=${views[one]}>${one}</a>
      <button type="button" aria-label=${t("explorer.saved_forget", { name: one })}
        onClick=${attempt(() => { forgetView(one); })}>×</button></li>`)}</ul>`
      : html`<p class="note">${t("explorer.saved_none")}</p>`}
    <form class="choices" onSubmit=${save}>
      <label class="choice"><span>${t("explorer.saved_name")}</span>
        <input type="text" required maxlength="80" value=${name}
          onInput=${(event) => type(event.target.value)} /></label>
      <button type="submit" disabled=${!name.trim()}>${t("explorer.save")}</button>
    </form>
    <div class="choices">
      ${names.length > 0 && html`<button type="button" onClick=${exportViews}>${t("explorer.saved_export")}</button>`}
      <label class="button">${t("explorer.saved_import")}<input class="unseen" type="file" accept="application/json"
        onChange=${taken} /></label>
    </div>
    <p class="note" role="status">${said}</p>
  <//>`;
}

// Where to begin, when a view lacks a CI.
export function Begin({ view }) {
  return html`<div class="empty"><p>${t(view.view === "paths" ? "explorer.begin_paths" : "explorer.begin")}</p>
    <button type="button" onClick=${() => navigate(addressOfView({ at: view.at }))}>${t("explorer.begin_all")}</button></div>`;
}

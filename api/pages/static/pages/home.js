// The first page: the estate in one sentence, search, tonight, what single failures take with them, what changed today.
import { useAsk } from "../ask.js";
import { Answered, Empty, Panel, Sentence, useSome } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { useFollowing, useUntil } from "../following.js";
import { linked, placesOf } from "../links.js";
import { addressOf, changeAddress } from "../router.js";
import { Search } from "../search.js";
import { Mark, Shape } from "../states.js";
import { clock, gap, number, parts, percent, span, t, time } from "../texts.js";
import { className, recordName } from "../words.js";
import { First } from "./first.js";

const AGAIN = 1500; // milliseconds after which what is still being computed is asked for again

export function Page({ moved }) {
  const asked = useAsk("overview");
  const found = asked.data?.overview;
  const unfinished = found && found.cis > 0 && (found.singleFailures.progress !== null || !found.tonight.revision);
  useEffect(() => {
    document.title = `${t("pages.place_home")} · Faultline`;
  });
  useUntil(asked, unfinished, AGAIN);
  if (found && found.cis === 0) return html`<${First} moved=${moved} again=${asked.again} />`;
  return html`
    <${Opening} found=${found} moved=${moved} failure=${asked.failure} />
    <div class="search-place"><${Search} large start /></div>
    <div class="columns">
      <div>
        <${Tonight} asked=${asked} />
        <${Largest} asked=${asked} />
        <${Views} />
      </div>
      <div>
        <${Critical} asked=${asked} />
        <${Today} />
      </div>
    </div>`;
}

function Opening({ found, moved, failure }) {
  if (!found) return html`<${Sentence} moved=${moved}>${failure ? failure.message : t("pages.home_reading")}<//>`;
  const night = found.tonight;
  const blocked = night.collisions.some((each) => each.severity === "block");
  const hanging = found.singleFailures.servicesHanging;
  return html`<${Sentence} moved=${moved} tone=${blocked ? "outage" : night.collisions.length ? "degraded" : ""}
    note=${t("pages.home_counts", { services: found.services, relationships: found.relationships })
      + (found.limited ? gap() + t("pages.limited_home") : "")}>
    ${t("pages.home_cis", { count: found.cis })}${gap()}
    ${hanging !== null && t("pages.home_hanging", { count: hanging }) + gap()}
    ${!night.revision ? t("pages.home_night_soon") : (night.collisions.length
      ? html`<strong>${t("pages.home_collide", { count: night.collisionCount })}</strong>`
      : night.changeCount ? t("pages.home_changes", { count: night.changeCount }) : t("live.home_no_changes"))}
  <//>`;
}

function Tonight({ asked }) {
  const night = asked.data?.overview.tonight;
  const note = night?.until && t("pages.tonight_until", { count: night.changeCount, until: time(night.until) });
  return html`<${Panel} title=${t("pages.tonight")} note=${note} class="flush">
    <${Answered} asked=${asked}>${({ revision, overview: { tonight, limited } }) => html`
      ${tonight.revision && tonight.revision !== revision && html`<p class="note">
        ${t("pages.computed_at", { revision: number(tonight.revision) })}</p>`}
      ${!tonight.revision && html`<p class="note">${t("pages.computing")}</p>`}
      ${tonight.collisions.length > 0 && html`<ul class="rows collisions">${tonight.collisions.map((each) => html`<li
        key=${each.id}>
        <div class="line"><${Mark} state=${each.severity === "block" ? "outage" : "degraded"}
          word=${t(`pages.severity_${each.severity}`)} />
          <strong>${limited ? each.message : linked(each.message, placesOf([], each.changes), { byId: true })}</strong>
          <span class="right note">${each.to ? span(each.from,
            each.to) : time(each.from)}</span></div>
      </li>`)}</ul>`}
      ${tonight.revision && !tonight.changes.length
        ? html`<${Empty}>${t("pages.tonight_none")}<//>`
        : html`<${Changes} changes=${tonight.changes} limited=${limited} />`}
      ${tonight.changeCount > tonight.changes.length
        && html`<p class="note">${t("pages.listed_first", { shown: tonight.changes.length, count: tonight.changeCount })}</p>`}
      ${tonight.revision && !tonight.complete && html`<p class="note">${t("pages.tonight_incomplete")}</p>`}
    `}<//>
  <//>`;
}

// `limited`: the page of a change names what it touches, so that it is not for everybody
function Changes({ changes, limited }) {
  const [shown, more] = useSome(changes, 8);
  if (!shown.length) return null;
  return html`<ul class="rows">${shown.map((each) => html`<li key=${each.changeId}>
    <div class="line"><strong>${limited ? each.title : html`<a href=${changeAddress(each.changeId)}>${each.title}</a>`}</strong>
      <span class="id">${each.changeId}</span>
      <span class="right number">${each.to ? span(each.from, each.to) : time(each.from)}</span></div>
    <div class="note">${each.cis.map((ci, at) =>
      html`<span key=${ci.ciId}>${at > 0 && t("impact.comma")}<a href=${addressOf(ci.ciId)}>${ci.name}</a>
      </span>`)}</div>
  </li>`)}</ul>${more}`;
}

function Largest({ asked }) {
  const failures = asked.data?.overview.singleFailures;
  return html`<${Panel} title=${t("pages.largest")} note=${t("pages.largest_note")} class="flush">
    <${Answered} asked=${asked} lines=${6}>${({ revision }) => html`
      <${Computing} failures=${failures} revision=${revision} />
      ${failures.revision && !failures.largest.length && html`<${Empty}>${t("pages.largest_none")}<//>`}
      ${failures.largest.length > 0 && html`<div class="scroll"><table>
        <thead><tr><th>${t("pages.column_ci")}</th>
          <th class="right">${t("pages.column_critical")}</th><th class="right">${t("pages.column_services")}</th>
          <th class="right">${t("pages.column_cis")}</th></tr></thead>
        <tbody>${failures.largest.filter((each) => each.ci).map((each) => html`<tr key=${each.ci.ciId}>
          <th scope="row"><a href=${addressOf(each.ci.ciId)}><strong>${each.ci.name}</strong></a> <span class="note">
            ${className(each.ci.ciClass)}</span></th>
          <td class="right">${number(each.criticalServices)}</td><td class="right">${number(each.services)}</td>
          <td class="right">${number(each.cis)}</td>
        </tr>`)}</tbody></table></div>`}
    `}<//>
  <//>`;
}

// What is computed behind the requests: how far it is, or of which revision it is where that is not the last.
function Computing({ failures, revision }) {
  if (failures.progress !== null) {
    return html`<p class="note">${failures.revision
      ? t("pages.computing_anew", { revision: number(failures.revision), share: percent(failures.progress, 0) })
      : t("pages.computing_share", { share: percent(failures.progress, 0) })}
      <progress max="1" value=${failures.progress} aria-label=${t("pages.computing")} /></p>`;
  }
  return failures.revision && failures.revision !== revision
    ? html`<p class="note">${t("pages.computed_at", { revision: number(failures.revision) })}</p>`
    : null;
}

function Critical({ asked }) {
  const failures = asked.data?.overview.singleFailures;
  const services = failures?.criticalServices ?? [];
  const [shown, more] = useSome(services, 6);
  return html`<${Panel} title=${t("pages.critical")}
    note=${services.length ? t("pages.critical_note", { count: services.length }) : null} class="flush">
    <${Answered} asked=${asked} lines=${6}>${() => html`
      ${!services.length && (failures.revision === null ? html`<p class="note">${t("pages.computing")}</p>`
        : html`<${Empty}>${t(asked.data.overview.limited ? "pages.critical_none_limited" : "pages.critical_none")}<//>`)}
      <ul class="rows">${shown.filter((each) => each.service).map((each) => html`<li key=${each.service.ciId}>
        <div class="line"><a href=${addressOf(each.service.ciId)}><strong>${each.service.name}</strong></a>
          <span class="right">${parts("pages.critical_count", { count: each.count })}</span></div>
        <div class="note">${each.cis.map((ci, at) =>
          html`<span key=${ci.ciId}>${at > 0 && t("impact.comma")}<a href=${addressOf(ci.ciId)}>${ci.name}</a></span>`)}
          ${each.count > each.cis.length
            && html` ${t("pages.and_more", { count: each.count - each.cis.length })}`}</div>
      </li>`)}</ul>${more}
    `}<//>
  <//>`;
}

// Views of the explorer that this browser keeps; their module is not worth waiting for.
function Views() {
  const [views, set] = useState(null);
  useEffect(() => {
    import("../explore/saved.js").then(({ savedViews }) => set(savedViews()), () => set({}));
  }, []);
  const names = Object.keys(views ?? {}).sort((a, b) => a.localeCompare(b));
  const [shown, more] = useSome(names, 8);
  return html`<${Panel} title=${t("explorer.saved")} class="flush">
    ${views && !names.length && html`<${Empty} action=${html`<p><a href="/explore">${t("pages.place_explore")}</a></p>`}>
      ${t("explorer.saved_none")}<//>`}
    ${names.length > 0 && html`<ul class="rows">${shown.map((name) => html`<li key=${name}>
      <a href=${views[name]}><strong>${name}</strong></a></li>`)}</ul>`}${more}
  <//>`;
}

// It goes on by itself: nobody writes into it, and it is the last thing on the page.
function Today() {
  const asked = useAsk("today", {}, { alone: true });
  const room = useRef(null);
  useFollowing(asked, room);
  const today = asked.data?.overview.today;
  const first = useRef(null);
  if (today && first.current === null) first.current = today.count;
  return html`<div ref=${room}><${Panel} title=${t("pages.today")}
    note=${today && t("pages.today_count", { count: today.count })} class="flush">
    <${Answered} asked=${asked}>${() => html`
      ${!today.written.length && html`<${Empty}>${t(today.count ? "pages.today_none_shown"
        : "pages.today_none")}<//>`}
      <ul class="rows">${today.written.map((each) => html`<li key=${each.at}>
        <div class="line"><span class="number">${clock(each.at)}</span>
          <strong>${each.count === 1 ? html`<${Thing}
            thing=${each.things[0]} />` : t("pages.today_many", { count: each.count })}</strong>
          <span class="right note">${each.source}</span></div>
        <div class="note">${each.actor}${each.change && ` · ${each.change}`}</div>
      </li>`)}</ul>
    `}<//>
  <//><span class="unseen" role="status">${today && today.count !== first.current
    ? t("live.today", { count: today.count }) : ""}</span></div>`;
}

function Thing({ thing }) {
  if (thing.kind === "ci") return html`<a href=${addressOf(thing.key)}>${thing.key}</a>`;
  if (thing.kind === "decision") return html`<a href="/imports">${t("decide.decision")}</a>`;
  return html`${thing.kind === "relationship" ? t("pages.relationship") : recordName(thing.kind)} <span class="id">
    ${thing.key}</span>`;
}

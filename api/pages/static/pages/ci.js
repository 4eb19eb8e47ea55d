// A CI or a service: what happens if it stops, why, what it rests on, what is known of it and what was.
import { useAsk } from "../ask.js";
import { DraftLink } from "../changing/entry.js";
import { Failed, Panel, Sentence, Skeleton } from "../common.js";
import { html, useEffect, useMemo, useRef, useState } from "../dom.js";
import { Picture } from "../picture.js";
import { addressOf, navigate } from "../router.js";
import { Mark, wordOf } from "../states.js";
import { duration, gap, number, parts, t } from "../texts.js";
import { WhatIf } from "../whatif.js";
import { Why } from "../why.js";
import { className } from "../words.js";
import { Attributes, Groups, History, Relationships } from "./ci_parts.js";
import { Edit } from "./edit.js";
import { Rests } from "./rests.js";

const LISTED = 500; // CIs that the picture can show
export const EFFECTS = ["outage", "degraded", "retire"];

// What is asked: the CI of the page and others with it, each with its effect, as the address says.
function seedsOf(ciId, query) {
  const effect = EFFECTS.includes(query.get("effect")) ? query.get("effect") : "outage";
  const others = query.getAll("with").map((text) => {
    const at = text.lastIndexOf("=");
    const own = at > 0 && EFFECTS.includes(text.slice(at + 1));
    return { ciId: own ? text.slice(0, at) : text, effect: own ? text.slice(at + 1) : "outage" };
  });
  const seen = new Set();
  return [{ ciId, effect }, ...others].filter((seed) => seed.ciId && !seen.has(seed.ciId) && seen.add(seed.ciId));
}

export function Page({ params, query, moved }) {
  const { ciId } = params;
  const seeds = useMemo(() => seedsOf(ciId, query), [ciId, query.toString()]);
  const asked = useAsk("ci", { ciId });
  const editing = query.get("edit") === "1";
  const given = seeds.map((seed) => ({ ciId: seed.ciId, effect: seed.effect.toUpperCase() }));
  const impact = useAsk("impact", { seeds: given, first: LISTED }, { skip: editing });
  const ci = asked.data?.ci;
  useEffect(() => {
    document.title = `${(ci?.name ?? ciId).slice(0, 80)} · Faultline`;
  });
  if (asked.failure) return html`<${Failed} failure=${asked.failure} again=${asked.again} />`;
  if (asked.data && !ci) {
    return html`<${Sentence} moved=${moved} note=${t("pages.nowhere_more")}>
      ${t("pages.unknown_ci", { id: ciId.slice(0, 200) })}<//>`;
  }
  if (editing) return html`<${Known} ci=${ci} ciId=${ciId} /><${Edit} key=${ciId} ciId=${ciId}
    moved=${moved} saved=${asked.again} />`;
  return html`
    <${Known} ci=${ci} ciId=${ciId} open=${true} />
    <${Answer} key=${ciId} ci=${ci} seeds=${seeds} asked=${impact} moved=${moved} />
    <div class="columns">
      <div>
        <${Relationships} key=${ciId} ciId=${ciId} />
        <${Groups} ci=${ci} />
      </div>
      <div><${Attributes} ci=${ci} /><${History} ci=${ci} /></div>
    </div>`;
}

function Known({ ci, ciId, open = false }) {
  const may = useAsk("may").data?.me.may.includes("mutation.editCi");
  return html`<p class="known">
    <span>${ci ? className(ci.ciClass) : t("pages.waiting")}</span>
    <strong>${ci?.name}</strong><span class="id">${ciId}</span>
    ${ci && ci.status !== "live" && html`<span class="tag">${t(`pages.status_${ci.status}`)}</span>`}
    ${open && ci && may && html`<a class="button" href=${addressOf(ciId, { edit: 1 })}>${t("edit.edit")}</a>`}
    ${open && ci && ci.status !== "retired" && html`<${DraftLink} ci=${[ciId]} />`}
  </p>`;
}

// What breaks: the sentence, then services, the picture, and beside them why and what if.
function Answer({ ci, seeds, asked, moved }) {
  const [chosen, choose] = useState(null);
  const last = useRef(null);
  if (asked.data) last.current = asked.data.impact;
  const impact = last.current; // the answer before, until the next is there: nobody loses what they stand on
  const cis = impact?.affected ? [...impact.seeds,
    ...impact.affected.edges.map(({ node }) => node)].map((each) => each.ci) : [];
  const names = new Map(cis.map((each) => [each.ciId, each.name]));
  const named = (id) => names.get(id) ?? (id === ci?.ciId ? ci.name : id);
  const wrong = impact && impact.__typename !== "Impact";
  const change = (wanted) => navigate(addressOf(seeds[0].ciId, addressed(wanted)), { replace: true });
  const whatIf = html`<${WhatIf} seeds=${seeds} named=${named} change=${change} />`;
  if (asked.failure || (wrong && asked.data)) {
    return html`<div class="stack"><${Failed} failure=${asked.failure ?? impact}
      again=${asked.failure && asked.again} />${whatIf}</div>`;
  }
  if (!impact || wrong) return html`<${Sentence} moved=${moved}>${t("pages.impact_reading")}<//><div class="stack">
    <${Skeleton} tall lines=${6} /></div>`;
  if (!impact.affected.totalCount && seeds.length === 1 && ci?.ciClass === "business_service") {
    return html`<${Rests} ci=${ci} moved=${moved} beside=${whatIf} />`;
  }
  const given = impact.seeds.map((seed) => ({ ciId: seed.ci.ciId, effect: seed.effect }));
  const worst = impact.services[0]?.state ?? "UNAFFECTED";
  const first = impact.services[0]?.service.ciId ?? impact.affected.edges[0]?.node.ci.ciId;
  const explained = chosen ?? first ?? null;
  return html`
    <${Sentence} moved=${moved} tone=${impact.affected.totalCount ? worst.toLowerCase() : ""}
      verdict=${impact.affected.totalCount ? wordOf(worst) : null}
      note=${noteOf(impact)}>
      <${Said} impact=${impact} named=${named} />
    <//>
    <div class="columns lead ${asked.data ? "" : "waiting"}">
      <div>
        <${Services} impact=${impact} chosen=${explained} choose=${choose} />
        <${Picture} impact=${impact} chosen=${explained} choose=${choose} given=${given} />
      </div>
      <div>
        ${explained && html`<${Why} given=${given} impact=${impact} ciId=${explained} named=${named} />`}
        ${whatIf}
      </div>
    </div>`;
}

function noteOf(impact) {
  const silent = impact.seeds.some((seed) => seed.silent) ? t("pages.silent") + gap() : "";
  return silent + t(impact.complete ? "pages.complete" : "pages.incomplete", { revision: number(impact.revision) });
}

function addressed(seeds) {
  const [own, ...others] = seeds;
  return {
    effect: own.effect === "outage" ? null : own.effect,
    with: others.map((seed) => (seed.effect === "outage" ? seed.ciId : `${seed.ciId}=${seed.effect}`)),
  };
}

// "If db-n2 stops: 1 service goes down, 2 are degraded."
function Said({ impact, named }) {
  const clauses = EFFECTS.flatMap((effect) => {
    const some = impact.seeds.filter((seed) => seed.effect === effect.toUpperCase()).map((seed) => html`<strong>
      ${named(seed.ci.ciId)}</strong>`);
    if (!some.length) return [];
    const listed = some.flatMap((name, at) => (at ? [t("impact.and"), name] : [name]));
    return [parts(`impact.seeds_${effect}`, { names: listed, count: some.length })];
  });
  const who = clauses.flatMap((clause, at) => (at ? [t("impact.and"), ...clause] : clause));
  if (!impact.affected.totalCount) return parts("impact.sentence_nothing", { seeds: who });
  return parts("impact.sentence", { seeds: who,
    parts: html`<strong>${counted(impact).join(t("impact.comma"))}</strong>` });
}

function counted(impact) {
  const counts = Object.fromEntries(["OUTAGE", "DEGRADED", "AT_RISK"].map((state) =>
    [state, impact.services.filter((each) => each.state === state).length]));
  const said = Object.entries(counts).filter(([, count]) => count)
    .map(([state, count]) => t(`impact.services_${state.toLowerCase()}`, { count }));
  if (!said.length) return [t("impact.services_none", { count: impact.affected.totalCount })];
  return counts.OUTAGE ? said : [t("impact.services_no_outage"), ...said];
}

function Services({ impact, chosen, choose }) {
  const [open, setOpen] = useState(false);
  const { services } = impact;
  if (!services.length) return null;
  const shown = open ? services : services.slice(0, 6);
  const states = ["OUTAGE", "DEGRADED", "AT_RISK"].map((state) => [state,
    services.filter((each) => each.state === state).length]);
  const note = states.filter(([, count]) => count).map(([state,
    count]) => `${number(count)} ${wordOf(state)}`).join(" · ");
  return html`<${Panel} title=${t("pages.services_hit")} note=${note} class="flush">
    <div class="scroll"><table class="cards">
      <thead><tr><th>${t("pages.column_state")}</th><th>${t("pages.column_service")}</th><th>
        ${t("pages.column_criticality")}</th>
        <th class="right">${t("pages.column_rto")}</th><th>${t("pages.column_redundancy")}</th><th>
          <span class="unseen">${t("pages.why_short")}</span></th></tr></thead>
      <tbody>${shown.map(({ service, state, criticality, leftWithoutRedundancy }) => html`
        <tr key=${service.ciId} class="${state.toLowerCase()} ${service.ciId === chosen ? "chosen" : ""}">
          <td><${Mark} state=${state} /></td>
          <th scope="row"><a href=${addressOf(service.ciId)}><strong>${service.name}</strong></a></th>
          <td data-label=${t("pages.column_criticality")}>
            ${criticality ? t(`impact.criticality_${criticality}`) : "—"}</td>
          <td class="right" data-label=${t("pages.column_rto")}>
            ${service.attributes.rto === undefined ? "—" : duration(service.attributes.rto)}</td>
          <td data-label=${t("pages.column_redundancy")}>${leftWithoutRedundancy ? html`<span class="tag at_risk">
            ${t("pages.left_without")}</span>` : state === "OUTAGE" ? "—" : t("pages.left_with")}</td>
          <td class="right"><button type="button" class="ask" aria-pressed=${service.ciId === chosen}
            aria-label=${`${t("pages.why_short")} ${service.name}`} onClick=${() => choose(service.ciId)}>
            ${t("pages.why_short")}</button></td>
        </tr>`)}</tbody>
    </table></div>
    ${services.length > shown.length && html`<button type="button" class="more" onClick=${() => setOpen(true)}>
      ${t("pages.more", { count: services.length - shown.length })}</button>`}
  <//>`;
}

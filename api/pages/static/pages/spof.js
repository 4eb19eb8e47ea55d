// Where one failure is enough to stop a service, what its groups can lose, and what is redundant on paper only.
import { useAsk } from "../ask.js";
import { Answered, Empty, Panel, Sentence, useSome } from "../common.js";
import { html } from "../dom.js";
import { addressOf } from "../router.js";
import { number, t } from "../texts.js";
import { className } from "../words.js";
import { AllServices, ServiceSearch } from "./choosing.js";
import { Rests } from "./rests.js";

export function Spof({ place, query, moved }) {
  const service = query.get("service");
  const known = useAsk("ci", { ciId: service ?? "" }, { skip: !service });
  if (!service) {
    return html`<div><${Sentence} moved=${moved} actions=${html`<${ServiceSearch} place=${place} />`}>
      ${t("pages.spof_asked")}<//><${AllServices} place=${place} /></div>`;
  }
  const ci = known.data?.ci;
  if (known.data && !ci) return html`<${Sentence} moved=${moved} actions=${html`<${ServiceSearch} place=${place} />`}>
    ${t("pages.unknown_ci", { id: service.slice(0, 200) })}<//>`;
  return html`<${Answered} asked=${known} tall>${() => html`<div>
    <${Rests} key=${service} ci=${ci} moved=${moved} beside=${html`<${Panel} title=${t("pages.another")}>
      <${ServiceSearch} place=${place} /><//>`} />
    <${Weak} key="weak ${service}" service=${service} />
  </div>`}<//>`;
}

function Weak({ service }) {
  const points = useAsk("weak_points", { service, most: 100 });
  const asked = useAsk("weak_service", { service });
  return html`<div class="stack">
    <${Panel} title=${t("pages.points")} class="flush"><${Answered} asked=${points}>
      ${({ singlePointsOfFailure: weak }) =>
      weak.points?.length ? html`<${Points} points=${weak.points} />` : html`<${Empty}>
        ${weak.message ?? t("pages.rests_none")}<//>`}<//><//>
    <${Answered} asked=${asked}>${({ singlePointsOfFailure: weak }) => weak.margins && html`<div class="pair">
      <${Margins} margins=${weak.margins} /><${Fates} fates=${weak.sharedFates} />
    </div>`}<//>
  </div>`;
}

function Points({ points }) {
  const [shown, more] = useSome(points, 20);
  return html`<div class="scroll"><table class="cards">
    <thead><tr><th>${t("pages.column_ci")}</th><th class="right">${t("pages.column_services")}</th><th class="right">
      ${t("pages.column_cis")}</th><th>${t("pages.column_via")}</th></tr></thead>
    <tbody>${shown.map((each) => html`<tr key=${each.ci.ciId}>
      <th scope="row"><a href=${addressOf(each.ci.ciId)}><strong>${each.ci.name}</strong></a> <span class="note">
        ${className(each.ci.ciClass)}</span></th>
      <td class="right" data-label=${t("pages.column_services")}>${number(each.services)}</td>
      <td class="right" data-label=${t("pages.column_cis")}>${number(each.cis)}</td>
      <td class="note">${each.via.map((ci) => ci.name).join(" → ") || "—"}</td></tr>`)}</tbody></table></div>${more}`;
}

function Margins({ margins }) {
  const [shown, more] = useSome(margins, 10);
  return html`<${Panel} title=${t("pages.groups")} note=${t("pages.margins_note")} class="flush">
    ${!margins.length && html`<${Empty}>${t("pages.margins_none")}<//>`}
    <ul class="rows">${shown.map((each) => html`<li key="${each.ci.ciId} ${each.group}"><div class="line">
      <a href=${addressOf(each.ci.ciId)}><strong>${each.ci.name}</strong></a><span class="note">
        ${t("pages.in_group", { group: each.group })} · ${t("pages.group_needs", { needed: each.needed,
        members: each.members })}</span>
      <span class="right"><span class="tag ${each.margin <= 0 ? "at_risk" : ""}">
        ${t("pages.margin", { margin: each.margin })}</span></span></div></li>`)}</ul>${more}
  <//>`;
}

function Fates({ fates }) {
  const [shown, more] = useSome(fates, 8);
  return html`<${Panel} title=${t("pages.fates")} note=${t("pages.fates_note")} class="flush">
    ${!fates.length && html`<${Empty}>${t("pages.fates_none")}<//>`}
    <ul class="rows">${shown.map((each) => html`<li key="${each.ci.ciId} ${each.group} ${each.shared.ciId}">
      <div class="line"><a href=${addressOf(each.shared.ciId)}><strong>${each.shared.name}</strong></a>
        <span class="note">${className(each.shared.ciClass)}</span>
        ${each.breaks && !each.anyway && html`<span class="right"><span class="tag outage">
          ${t("pages.fate_breaks")}</span></span>`}</div>
      <div class="note">${t("pages.fate_of", { name: each.ci.name,
        group: each.group })} ${each.members.map((ci) => ci.name).join(t("impact.comma"))}</div></li>`)}</ul>${more}
  <//>`;
}

// Whether a service is back in the time promised after a loss, what decides it, and what would help.
import { useAsk } from "../ask.js";
import { Answered, Empty, Panel, Sentence, notYet, useSome } from "../common.js";
import { html } from "../dom.js";
import { addressOf, asked as addressed, navigate } from "../router.js";
import { duration, gap, parts, t } from "../texts.js";
import { className } from "../words.js";
import { AllServices, ServiceSearch } from "./choosing.js";

export function Continuity({ place, query, moved }) {
  const service = query.get("service");
  const scenario = query.get("scenario") || null;
  const asked = useAsk("continuity", { service: service ?? "", scenario }, { skip: !service });
  if (!service) {
    return html`<div><${Sentence} moved=${moved} actions=${html`<${ServiceSearch} place=${place} />`}>
      ${t("pages.continuity_asked")}<//><${AllServices} place=${place} /></div>`;
  }
  const found = asked.data?.continuity;
  return html`<div>
    ${found?.service ? html`<${Opening} found=${found} scenarios=${asked.data.scenarios}
      moved=${moved} />` : html`<${Sentence} moved=${moved}>${found?.message ?? notYet(asked)}<//>`}
    <div class="columns"><div>
      <${Panel} title=${t("pages.critical_path")} note=${t("pages.critical_path_note")} class="flush"><${Answered}
        asked=${asked}>${() => html`<${Path} steps=${found.criticalPath ?? []} />`}<//><//>
      ${found?.waves?.length > 0 && html`<${Waves} waves=${found.waves} />`}
    </div><div>
      <${Panel} title=${t("pages.loss")}>
        <${Scenarios} place=${place} service=${service} scenario=${scenario} scenarios=${asked.data?.scenarios ?? []} />
        <${ServiceSearch} place=${place} given=${{ scenario }} />
      <//>
      ${found?.improvement?.length > 0 && html`<${Improvement} some=${found.improvement} />`}
      ${found && (found.unknown?.length > 0 || found.never?.length > 0) && html`<${Unknown} found=${found} />`}
    </div></div>
  </div>`;
}

function Opening({ found, scenarios, moved }) {
  const name = html`<strong>${found.service.name}</strong>`;
  const loss = scenarios.find((each) => each.scenarioId === found.scenario)?.name ?? t("pages.loss_all");
  const time = found.effectiveRecoveryTime;
  const kept = { kept: "unaffected", missed: "outage", unknown: "at_risk" }[found.meetsRto] ?? "";
  const tone = found.state === "OUTAGE" ? kept : found.state.toLowerCase();
  return html`<${Sentence} moved=${moved} tone=${tone} note=${t("pages.complete", { revision: found.revision })}>
    ${found.state !== "OUTAGE" ? parts("pages.back_not_out", { name,
      loss }) : time === null ? parts("pages.back_unknown", { name, loss,
      least: duration(found.lowerBound ?? 0) }) : parts("pages.back", { name, loss,
      time: html`<strong>${duration(time)}</strong>` })}
    ${gap()}${found.state === "OUTAGE" && found.meetsRto && t(`pages.rto_${found.meetsRto}`, { rto: duration(found.rto) })}
  <//>`;
}

function Scenarios({ place, service, scenario, scenarios }) {
  const choose = (event) => navigate(place + addressed({ service, scenario: event.target.value }), { replace: true });
  return html`<label class="choosing"><span class="note">${t("pages.scenario")}</span><select value=${scenario ?? ""}
    onChange=${choose}>
    <option value="" selected=${!scenario}>${t("pages.loss_all")}</option>
    ${scenarios.map((each) => html`<option key=${each.scenarioId} value=${each.scenarioId}
      selected=${each.scenarioId === scenario}>${each.name}</option>`)}</select></label>`;
}

function Path({ steps }) {
  if (!steps.length) return html`<${Empty}>${t("pages.critical_path_none")}<//>`;
  return html`<div class="scroll"><table class="cards">
    <thead><tr><th>${t("pages.column_ci")}</th><th class="right">${t("pages.column_own")}</th><th class="right">
      ${t("pages.column_back")}</th><th class="right">${t("pages.column_slack")}</th></tr></thead>
    <tbody>${steps.map((step) => html`<tr key=${step.ciId}>
      <th scope="row"><a href=${addressOf(step.ciId)}><strong>${step.ci?.name ?? step.ciId}</strong></a> <span
        class="note">${step.ci && className(step.ci.ciClass)}</span></th>
      ${[["own", step.own], ["back", step.finish], ["slack", step.slack]].map(([name,
        value]) => html`<td key=${name} class="right" data-label=${t(`pages.column_${name}`)}>
        ${value === null ? "—" : duration(value)}</td>`)}
    </tr>`)}</tbody></table></div>`;
}

function Waves({ waves }) {
  const [shown, more] = useSome(waves, 8);
  return html`<${Panel} title=${t("pages.waves")} note=${t("pages.waves_note")} class="flush"><ul class="rows">
    ${shown.map((wave) => html`<li key=${wave.at}>
    <div class="line"><strong>${wave.at === null ? "—" : duration(wave.at)}</strong><span class="note">
      ${t("pages.lane_count", { count: wave.ciIds.length })}</span></div>
    <div class="note">${wave.ciIds.slice(0, 8).map((id, at) =>
      html`<span key=${id}>${at > 0 && t("impact.comma")}<a href=${addressOf(id)}>${id}</a>
      </span>`)}${wave.ciIds.length > 8 && ` ${t("pages.and_more", { count: wave.ciIds.length - 8 })}`}</div>
  </li>`)}</ul>${more}<//>`;
}

function Improvement({ some }) {
  return html`<${Panel} title=${t("pages.improvement")} class="flush"><ul class="rows">
    ${some.slice(0, 10).map((each) => html`<li key=${each.ciId}><div class="line">
    <a href=${addressOf(each.ciId)}><strong>${each.ci?.name ?? each.ciId}</strong></a><span class="right">
      ${each.saves === null ? "—" : `−${duration(each.saves)}`}</span></div></li>`)}</ul><//>`;
}

function Unknown({ found }) {
  return html`<${Panel} title=${t("pages.unknown_times")}>
    ${[["unknown", found.unknown], ["never", found.never]].filter(([, ids]) => ids.length).map(([name,
      ids]) => html`<p key=${name}>${t(`pages.${name}_cis`, { count: ids.length })}
      <span class="note">${ids.slice(0, 12).map((id, at) =>
        html`<span key=${id}>${at > 0 && t("impact.comma")}<a href=${addressOf(id)}>${id}</a>
        </span>`)}${ids.length > 12 && ` ${t("pages.and_more", { count: ids.length - 12 })}`}</span></p>`)}
  <//>`;
}

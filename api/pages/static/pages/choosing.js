// What a question is about: a service by search or from the list of all, a month of the last ones.
import { ask, useAsk } from "../ask.js";
import { Answered, Empty, Panel } from "../common.js";
import { html } from "../dom.js";
import { useLater } from "../later.js";
import { asked as addressed, navigate } from "../router.js";
import { Search } from "../search.js";
import { day, duration, number, t } from "../texts.js";

const FIRST = 50;
const MONTHS = 13;

export function ServiceSearch({ place, given = {} }) {
  return html`<div class="choosing"><span class="note">${t("pages.choose_service")}</span>
    <${Search} name="service" label=${t("pages.choose_service")}
      onChosen=${(ci) => navigate(place + addressed({ ...given, service: ci.ciId }))} /></div>`;
}

export function AllServices({ place }) {
  const found = useAsk("services", { first: FIRST, after: null });
  const { all, hasMore, more, failure } = useLater(found.data?.services,
    async (after) => (await ask("services", { first: FIRST, after })).services);
  return html`<${Panel} title=${t("pages.all_services")} note=${found.data && number(found.data.services.totalCount)}
    class="flush">
    <${Answered} asked=${found}>${({ services }) => {
      if (!all.length) return html`<${Empty}>${t("pages.no_services")}<//>`;
      return html`<div class="scroll"><table class="cards">
        <thead><tr><th>${t("pages.column_service")}</th><th>${t("pages.column_criticality")}</th><th class="right">
          ${t("pages.column_rto")}</th><th>${t("pages.column_owner")}</th></tr></thead>
        <tbody>${all.map((each) => html`<tr key=${each.ciId}>
          <th scope="row"><a href=${place + addressed({ service: each.ciId })}><strong>${each.name}</strong></a></th>
          <td data-label=${t("pages.column_criticality")}>
            ${each.attributes.criticality ? t(`impact.criticality_${each.attributes.criticality}`) : "—"}</td>
          <td class="right" data-label=${t("pages.column_rto")}>
            ${each.attributes.rto === undefined ? "—" : duration(each.attributes.rto)}</td>
          <td data-label=${t("pages.column_owner")}>${each.owner?.name ?? "—"}</td></tr>`)}</tbody></table></div>
        ${failure && html`<p class="note">${failure.message}</p>`}
        ${hasMore && html`<button type="button" class="more" onClick=${more}>
          ${t("pages.more", { count: services.totalCount - all.length })}</button>`}`;
    }}<//>
  <//>`;
}

// 2026-11, the month before that, …
export function months() {
  const [year, month] = day(Date.now()).split("-").map(Number);
  return Array.from({ length: MONTHS }, (_, back) => {
    const at = year * 12 + month - 1 - back;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
  });
}

const PERIOD = /^\d{4}(-\d\d|-Q[1-4])?$/;
export const periodOf = (query) => (PERIOD.test(query.get("period") ?? "") ? query.get("period") : months()[0]);

export function Period({ place, period }) {
  const choices = months().includes(period) ? months() : [period, ...months()];
  return html`<label class="choosing"><span class="note">${t("pages.period")}</span>
    <select value=${period} onChange=${(event) => navigate(place + addressed({ period: event.target.value }),
      { replace: true })}>
      ${choices.map((each) => html`<option key=${each} value=${each} selected=${each === period}>
        ${each}</option>`)}</select></label>`;
}

// What if: the CI of the page stops, is degraded or retired, alone or with others; the address holds the question.
import { Panel } from "./common.js";
import { html } from "./dom.js";
import { Search } from "./search.js";
import { t } from "./texts.js";

const EFFECTS = ["outage", "degraded", "retire"];

export function WhatIf({ seeds, named, change }) {
  const set = (at, effect) => change(seeds.map((seed, place) => (place === at ? { ...seed, effect } : seed)));
  const drop = (at) => change(seeds.filter((_, place) => place !== at));
  const add = (one) => change(seeds.some((seed) => seed.ciId === one.ciId) ? seeds : [...seeds, { ciId: one.ciId,
    effect: "outage" }]);
  return html`<${Panel} title=${t("pages.what_if")} class="what-if">
    ${seeds.map((seed, at) => html`<fieldset key=${seed.ciId}>
      <legend>${named(seed.ciId)}</legend>
      ${EFFECTS.map((effect) => html`<button key=${effect} type="button" aria-pressed=${seed.effect === effect}
        onClick=${() => set(at, effect)}>${t(`pages.if_${effect}`)}</button>`)}
      ${at > 0 && html`<button type="button" onClick=${() => drop(at)}>${t("pages.if_without")}</button>`}
    </fieldset>`)}
    <div class="with"><span class="note">${t("pages.if_with")}</span><${Search} name="with" label=${t("pages.if_with")}
      onChosen=${add} /></div>
  <//>`;
}

// What is hit, as a picture: those that stop and all that they take with them, with the ways that the whys go.
import { Empty, Panel } from "./common.js";
import { html, useMemo } from "./dom.js";
import { Lanes } from "./lanes.js";
import { asked as addressOfQuery } from "./router.js";
import { Legend } from "./states.js";
import { t } from "./texts.js";
import { tierOf } from "./words.js";

// whose: {ciId: the change that stops it}, where several do.
// impact: of `impact` or of a review; given: its seeds as they are asked for, null where no other page can show it.
export function Picture({ impact, chosen, choose, given, actions, whose }) {
  const { affected, byClass, counts } = impact;
  const nodes = useMemo(() => {
    const seeded = new Set(impact.seeds.map((seed) => seed.ci.ciId));
    const own = impact.seeds.map((seed) => ({ ...seed.ci,
      state: "SEED", note: [t(`impact.effect_${seed.effect.toLowerCase()}`), whose?.get(seed.ci.ciId)].filter(Boolean)
        .join(" · ") }));
    return [...own, ...affected.edges.filter(({ node }) => !seeded.has(node.ci.ciId)).map(({ node }) => ({
      ...node.ci, state: node.state, note: node.margin === null ? "" : t("pages.margin", { margin: node.margin }),
    }))];
  }, [impact, whose]);
  const edges = useMemo(() => edgesOf(affected.edges), [impact]);
  const totals = useMemo(() => {
    const found = {};
    for (const each of byClass) {
      const tier = tierOf(each.ciClass);
      found[tier] = (found[tier] ?? 0) + each.outage + each.degraded + each.atRisk;
    }
    for (const node of nodes.filter((one) => one.state === "SEED")) {
      const tier = tierOf(node.ciClass);
      if (!affected.edges.some((edge) => edge.node.ci.ciId === node.ciId)) found[tier] = (found[tier] ?? 0) + 1;
    }
    return found;
  }, [nodes]);
  const path = useMemo(() => pathOf(affected.edges, chosen), [impact, chosen]);
  const note = t("pages.picture_note", { count: affected.totalCount, outage: counts.outage, degraded: counts.degraded,
    at_risk: counts.atRisk });
  const beyond = given && (() => `/explore${addressOfQuery({ seeds: given.map((seed) => `${seed.ciId}=${seed.effect.toLowerCase()}`).join(",") })}`);
  if (!affected.totalCount) return html`<${Panel} title=${t("pages.picture")} actions=${actions}><${Empty}>${t("pages.picture_none")}<//>
    <//>`;
  return html`<${Panel} title=${t("pages.picture")} note=${note} class="picture" actions=${html`${actions}${beyond
    && html`<a class="button" href=${beyond()}>${t("pages.to_explorer")}</a>`}`}>
    <${Lanes} nodes=${nodes} edges=${edges} counts=${totals} chosen=${chosen} path=${path} choose=${choose}
      label=${t("pages.picture_label")} beyond=${beyond} />
    <${Legend} states=${["SEED", "OUTAGE", "DEGRADED", "AT_RISK"]} />
    <p class="note">${t("pages.picture_help")}</p>
  <//>`;
}

// the ways that the whys go: from who is hit to whom it comes from
function edgesOf(found) {
  const seen = new Map();
  for (const { node } of found) {
    for (const step of node.witness) if (step.from) seen.set(`${step.ciId}\n${step.from}`, [step.ciId, step.from]);
  }
  return [...seen.values()];
}

function pathOf(found, ciId) {
  const witness = found.find(({ node }) => node.ci.ciId === ciId)?.node.witness ?? [];
  return witness.map((step) => step.ciId);
}

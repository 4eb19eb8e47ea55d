// What a change hits: services first, the picture and the why, of the change alone or with those that it collides with.
import { ask, useAsk } from "../ask.js";
import { Failed, Panel, Same, Skeleton, useSome } from "../common.js";
import { html, useEffect, useMemo, useState } from "../dom.js";
import { Picture } from "../picture.js";
import { addressOf } from "../router.js";
import { Mark, wordOf } from "../states.js";
import { duration, number, t } from "../texts.js";
import { Why } from "../why.js";
import { Edits } from "./change_edits.js";
import { Back, backOf } from "./change_fails.js";
import { isIncident, whoName } from "./change_words.js";

const NONE = [];
const LISTED = 500; // CIs that the picture can show
const MOST = 100; // of a graph that is not there yet, whose whys come with it
const ORDER = ["OUTAGE", "DEGRADED", "AT_RISK", "UNKNOWN", "UNAFFECTED"];

// `given`: how the review was asked for; left, right: what stands below in both columns.
export function Company({ review, change, given, own, left, right }) {
  const conflict = review.conflicts.find((each) => each.kind === "emergent_outage"
    && each.changes.includes(own)) ?? null;
  const others = conflict ? conflict.changes.filter((id) => id !== own) : [];
  const partners = usePartners(others.filter((id) => !isIncident(id)), conflict?.incidentCis);
  const [wanted, want] = useState("together");
  const [chosen, choose] = useState(null);
  const hasEdits = Boolean(change?.edits);
  // an incident that names no CI cannot be drawn
  const canTogether = conflict && others.filter(isIncident).length === conflict.incidentCis.length && !hasEdits && !partners.changes?.some((each) => each.edits
    || each.affectedCount > each.affected.length);
  const isTogether = canTogether && wanted === "together";
  const seeds = useMemo(() => seedsOf(review, isTogether ? partners.changes ?? [] : []), [review.impact, isTogether, partners]);
  const whose = useMemo(() => new Map([...review.impact.seeds.map((seed) => [seed.ci.ciId, own]),
    ...(isTogether ? partners.changes ?? [] : []).flatMap((each) => each.affected.filter(({ ci }) => ci)
      .map(({ ci }) => [ci.ciId, each.changeId]))]), [review.impact, isTogether, partners]);
  const waits = isTogether && !partners.changes;
  const plain = useAsk("impact", { seeds, first: LISTED }, { skip: waits || hasEdits || !change || !seeds.length });
  const edited = useAsk("review_impact", { ...given, first: MOST }, { skip: !hasEdits });
  const asked = hasEdits ? edited : plain;
  const impact = hasEdits ? edited.data?.review.impact : plain.data?.impact;
  const show = (ciId, state) => {
    if (state === "OUTAGE" && canTogether && conflict.services.some((each) => each.ciId === ciId)) want("together");
    choose(ciId);
  };
  const hit = impact?.affected?.edges ?? [];
  const first = hit.find(({ node }) => node.ci.ciClass === "business_service") ?? hit[0];
  const explained = hit.some(({ node }) => node.ci.ciId === chosen) ? chosen : first?.node.ci.ciId ?? null;
  const names = new Map([...(impact?.seeds ?? []), ...hit.map(({ node }) => node)].map(({ ci }) => [ci.ciId, ci.name]));
  const bases = canTogether && html`<span class="bases">${["together", "alone"].map((each) => html`<button key=${each}
    type="button" aria-pressed=${(each === "together") === Boolean(isTogether)} onClick=${() => want(each)}>
    ${each === "alone" ? t("rfc.basis_alone") : t("rfc.basis_together", { changes: others.map(whoName).join(t("impact.comma")) })}
    </button>`)}</span>`;
  // hundreds of CIs, which a window that moves leaves as they are
  const picture = useMemo(() => impact && html`<${Picture} impact=${impact} chosen=${explained} choose=${choose}
    given=${hasEdits ? null : seeds} actions=${bases} whose=${isTogether ? whose : null} />`,
  [impact, explained, hasEdits, seeds, whose, isTogether, canTogether, others.join(" ")]);
  const failure = asked.failure ?? partners.failure ?? (impact && !impact.affected ? impact : null);
  return html`<div class="columns of-change">
    <div>
      <${Same} of=${[review, own, explained, canTogether]}>
        <${Services} review=${review} own=${own} chosen=${explained} choose=${show} /><//>
      ${failure && html`<${Panel} title=${t("pages.picture")}><${Failed} failure=${failure} again=${asked.again} /><//>`}
      ${!failure && !seeds.length && !hasEdits && html`<${Panel} title=${t("pages.picture")}><p class="note">
        ${t("rfc.no_seeds")}</p><//>`}
      ${!failure && seeds.length > 0 && (picture ?? html`<${Panel} title=${t("pages.picture")}>
        <${Skeleton} tall lines=${6} /><//>`)}
      ${hasEdits && impact && impact.affected.totalCount > hit.length && html`<p class="note">
        ${t("rfc.picture_first", { shown: hit.length, count: impact.affected.totalCount })}</p>`}
      ${hasEdits && html`<${Edits} change=${change} />`}
      ${left}
    </div>
    <div>
      ${explained && !failure && html`<${Same} of=${[seeds, impact, explained, whose, isTogether, conflict]}>
        <${Why} given=${seeds} impact=${impact} ciId=${explained}
          named=${(id) => names.get(id) ?? id} whose=${isTogether ? whose : null} together=${isTogether
            && conflict.services.some((each) => each.ciId === explained) && t("rfc.why_together", { changes: conflict.changes
              .map(whoName).join(t("impact.comma")) })} /><//>`}
      ${right}
    </div>
  </div>`;
}

// The changes of a conflict, with what they affect, and open incidents with what they have taken out.
function usePartners(ids, incidents = NONE) {
  const key = ids.join("\n");
  // the same ones come with every answer
  const out = useMemo(() => incidents.map(({ who, ci }) => ({ changeId: whoName(who), edits: null, affectedCount: 1,
    affected: [{ effect: "outage", ci }] })), [JSON.stringify(incidents)]);
  const [found, set] = useState({});
  useEffect(() => {
    if (!key) return undefined;
    let gone = false;
    Promise.all(key.split("\n").map((changeId) => ask("change_partner", { changeId }))).then(
      (all) => !gone && set({ key, changes: all.map(({ change }) => change).filter(Boolean) }),
      (failure) => !gone && set({ key, failure }),
    );
    return () => {
      gone = true;
    };
  }, [key]);
  return useMemo(() => (!key ? { changes: out } : found.key !== key ? {} : { ...found, changes: found.changes
    && [...found.changes, ...out] }), [key, found, out]);
}

function seedsOf(review, partners) {
  const found = new Map(review.impact.seeds.map((seed) => [seed.ci.ciId, seed.effect]));
  for (const { ci, effect } of partners.flatMap((each) => each.affected)) {
    if (ci && !found.has(ci.ciId)) found.set(ci.ciId, effect.toUpperCase());
  }
  return [...found].map(([ciId, effect]) => ({ ciId, effect }));
}

// The services that do not stand as before, alone or with others: the worst first, then the more critical.
function rowsOf(review, own) {
  const found = new Map(review.services.map((each) => [each.service.ciId, { ...each, alone: each.state, others: [] }]));
  for (const conflict of review.conflicts.filter((each) => each.kind === "emergent_outage")) {
    for (const service of conflict.services) {
      const alone = found.get(service.ciId);
      if (alone?.alone === "OUTAGE") continue;
      const others = [...alone?.others ?? [], ...conflict.changes.filter((id) => id !== own)];
      found.set(service.ciId, { service, state: "OUTAGE", alone: alone?.alone ?? "UNAFFECTED",
        criticality: alone?.criticality ?? service.attributes.criticality ?? null, leftWithoutRedundancy: false,
        others: [...new Set(others)] });
    }
  }
  return [...found.values()].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

function Services({ review, own, chosen, choose }) {
  const rows = useMemo(() => rowsOf(review, own), [review, own]);
  const [shown, more] = useSome(rows, 8);
  if (!rows.length) return html`<${Panel} title=${t("pages.services_hit")}><p class="note">
    ${t("rfc.services_none")}</p><//>`;
  const note = ["OUTAGE", "DEGRADED", "AT_RISK"].map((state) => [state, rows.filter((row) => row.state === state).length])
    .filter(([, count]) => count).map(([state, count]) => `${number(count)} ${wordOf(state)}`).join(" · ");
  const agreed = new Set(review.agreedOutages);
  const fails = backOf(review);
  const promises = new Map(review.promises.map((each) => [each.serviceId, each]));
  return html`<${Panel} title=${t("pages.services_hit")} note=${note} class="flush services">
    <div class="scroll"><table class="cards">
      <thead><tr><th>${t("pages.column_state")}</th><th>${t("pages.column_service")}</th>
        <th>${t("pages.column_criticality")}</th><th class="right">${t("pages.column_rto")}</th>
        <th class="right">${t("rfc.column_back")}</th><th>${t("rfc.column_customers")}</th><th>${t("pages.column_owner")}</th>
        <th><span class="unseen">${t("pages.why_short")}</span></th></tr></thead>
      <tbody>${shown.map((row) => html`<${Row} key=${row.service.ciId} row=${row} chosen=${chosen} choose=${choose}
        isAgreed=${agreed.has(row.service.ciId)} promise=${promises.get(row.service.ciId)}
        fails=${fails} />`)}</tbody>
    </table></div>${more}
  <//>`;
}

const wide = (seconds) => (seconds === null || seconds === undefined ? "—" : duration(seconds));

// whether more than the RTO was promised
const isShorter = (promise) => Number.isInteger(promise?.allowedDowntime) && promise.allowedDowntime !== promise.rto;

function Customers({ some }) {
  const [shown, more] = useSome(some, 3);
  return html`${shown.map((ci, at) => html`<span key=${ci.ciId}>${at > 0 && " · "}<a href=${addressOf(ci.ciId)}>${ci.name}</a>
    </span>`)}${!some.length && "—"}${more}`;
}

function Row({ row, chosen, choose, isAgreed, promise, fails }) {
  const { service, state, criticality, leftWithoutRedundancy, others, alone } = row;
  return html`<tr class="${state.toLowerCase()} ${service.ciId === chosen ? "chosen" : ""}">
    <td><${Mark} state=${state} /></td>
    <th scope="row"><a href=${addressOf(service.ciId)}><strong>${service.name}</strong></a>
      ${others.length > 0 && html`<div class="note">${t("rfc.only_together", { changes: others.map(whoName).join(t("impact.comma")),
        alone: wordOf(alone) })}</div>`}
      ${isAgreed && html`<div class="note">${t("rfc.agreed")}</div>`}
      ${leftWithoutRedundancy && html`<div><span class="tag at_risk">${t("rfc.left_without")}</span></div>`}</th>
    <td data-label=${t("pages.column_criticality")}>
      ${criticality ? t(`impact.criticality_${criticality}`) : "—"}</td>
    <td class="right" data-label=${t("pages.column_rto")}>
      ${wide(promise?.rto)}${isShorter(promise) && html`<div class="note">
        ${t("rfc.allowed_downtime", { time: duration(promise.allowedDowntime) })}</div>`}</td>
    <td class="right" data-label=${t("rfc.column_back")}><${Back} fails=${fails} back=${fails?.get(service.ciId)} /></td>
    <td data-label=${t("rfc.column_customers")}><${Customers} some=${promise?.customers ?? NONE} /></td>
    <td data-label=${t("pages.column_owner")}>${service.owner?.name ?? "—"}</td>
    <td class="right"><button type="button" class="ask" aria-pressed=${service.ciId === chosen}
      aria-label=${`${t("pages.why_short")} ${service.name}`} onClick=${() => choose(service.ciId, state)}>
      ${t("pages.why_short")}</button></td>
  </tr>`;
}

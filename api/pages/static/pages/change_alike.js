// Changes like this one that ended before: how they went, what they share, and how often such ones failed.
import { useAsk } from "../ask.js";
import { Failed, Panel, Skeleton, useSome } from "../common.js";
import { html, useRef } from "../dom.js";
import { listed } from "../links.js";
import { addressOf, changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { day, number, parts, t } from "../texts.js";
import { className } from "../words.js";

const MOST = 10;
const NAMED = 5; // CIs, kinds of edits and classes of one change
const SHAPES = { success: "UNAFFECTED", partial: "AT_RISK", backed_out: "DEGRADED", failed: "OUTAGE" };

// `given`: how the review was asked for; `isReady`: whether all of that has been answered, so that this may be asked.
export function Alike({ given, isReady }) {
  const asked = useAsk("review_alike", { ...given, most: MOST }, { skip: !isReady });
  const last = useRef(null);
  // windows do not alter it: what stands there stays while another one is tried
  last.current = asked.data?.review.similar ? asked.data.review : last.current;
  const found = last.current;
  if (asked.failure) return html`<${Panel} title=${t("alike.title")}><${Failed} failure=${asked.failure}
    again=${asked.again} /><//>`;
  return html`<${Panel} title=${t("alike.title")} class="alike flush">${found ? html`<${Found} review=${found} />` : html`<${Skeleton} lines=${3} />`}<//>`;
}

function Found({ review }) {
  const { similar, pastFailures } = review;
  const team = teamWord(pastFailures.find((each) => each.kind === "team"));
  const [shown, more] = useSome(similar, 5);
  if (!pastFailures.length) return html`<p class="note">${t("alike.none_ended")}</p>`;
  return html`
    ${!similar.length && html`<p class="note">${t("alike.none")}</p>`}
    <ul class="rows">${shown.map((each) => html`<li key=${each.changeId}>
      <div class="line"><${Mark} state=${SHAPES[each.outcome] ?? "UNKNOWN"} word=${t(`alike.outcome_${each.outcome}`)} />
        <a href=${changeAddress(each.changeId)}>${each.changeId}</a><span>${each.title}</span>
        ${each.ended && html`<span class="right note number">${day(each.ended)}</span>`}</div>
      <div class="note">${t("alike.shares")} ${listed(sharedBy(each, team), t("impact.comma"))}</div></li>`)}</ul>${more}
    <${Rates} rates=${pastFailures} />`;
}

function some(all, words) {
  const rest = all.length - NAMED;
  return [...all.slice(0, NAMED).map(words), ...rest > 0 ? [t("pages.and_more", { count: rest })] : []];
}

const ciLink = (ciId, name) => html`<a href=${addressOf(ciId)} title=${ciId}>${name ?? ciId}</a>`;
const classWord = (name) => t("alike.of_class", { name: className(name) });

function sharedBy({ ciIds, cis, edits, classes, team }, whose) {
  const names = new Map(cis.map((each) => [each.ciId, each.name]));
  return [...some(ciIds, (id) => ciLink(id, names.get(id))),
    ...some(edits, ({ kind, ciId, ciClass }) => html`<span>${parts(`alike.edit_${kind}`, {
      what: ciId ? ciLink(ciId, names.get(ciId)) : classWord(ciClass) })}</span>`),
    ...some(classes, classWord), ...team ? [whose] : []];
}

// The highest counts in the risk; the one of all changes says what few ones are drawn towards.
function Rates({ rates }) {
  const every = rates[rates.length - 1];
  const [shown, more] = useSome(rates.slice(0, -1), 4);
  return html`<div class="rates"><h3>${t("alike.rates")}</h3>
    <ul class="plain">${shown.map((each) => html`<li key="${each.kind} ${each.name}">${parts(each.ended ? "alike.rate"
      : "alike.rate_none", { ...each, rate: number(100 * each.rate, 2), what: whatOf(each) })}
      ${each.rate === rates[0].rate && html` <span class="tag">${t("alike.counts")}</span>`}</li>`)}</ul>${more}
    <p class="note">${t("alike.all", every)}</p></div>`;
}

function whatOf({ kind, name, ci }) {
  if (kind === "ci") return ciLink(name, ci?.name);
  return kind === "class" ? classWord(name) : teamWord({ name, ci });
}

const teamWord = (team) => team && html`<span>${parts("alike.of_team", { name: team.ci ? ciLink(team.name, team.ci.name)
  : team.name })}</span>`;

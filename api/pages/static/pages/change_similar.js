// Changes like this one that ended, what they share with it, and how they went: asked for once the review is there.
import { useAsk } from "../ask.js";
import { Failed, Panel, Skeleton, useSome } from "../common.js";
import { html } from "../dom.js";
import { changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { day, number, t } from "../texts.js";
import { className } from "../words.js";

const SHAPES = { success: "UNAFFECTED", partial: "DEGRADED", failed: "OUTAGE", backed_out: "OUTAGE" };
const NAMED = 3; // of CIs and of classes that both touch
const MOST = 50; // as the query asks for

// `names`: what CIs are called, by id
export function Similar({ changeId, names }) {
  const asked = useAsk("change_similar", { changeId });
  const found = asked.data?.review.similar;
  const bad = (found ?? []).filter((each) => each.outcome !== "success").length;
  return html`<${Panel} title=${t("similar.title")} note=${found?.length ? t(found.length < MOST ? "similar.said" : "similar.said_most", { count: found.length, bad }) : null}
    class="flush similar">${asked.failure ? html`<${Failed} failure=${asked.failure} again=${asked.again} />`
    : !asked.data ? html`<${Skeleton} lines=${3} />`
    : found?.length ? html`<${Some} some=${found} names=${names} />` : html`<p class="note">${t("similar.none")}</p>`}<//>`;
}

function Some({ some, names }) {
  const [shown, more] = useSome(some, 5);
  return html`<ul class="rows">${shown.map((each) => html`<li key=${each.changeId}><div class="line">
    <${Mark} state=${SHAPES[each.outcome] ?? "UNKNOWN"} word=${t(`similar.outcome_${each.outcome}`)} />
    <span><a href=${changeAddress(each.changeId)}><strong>${each.title}</strong></a> <span class="id">${each.changeId}</span></span>
    <span class="right note number">${each.ended ? day(each.ended) : "—"}</span></div>
    <div class="note">${shared(each, names)}</div></li>`)}</ul>${more}`;
}

// what both have to do with: CIs before classes
function shared({ ciIds, classes, team }, names) {
  const [key, some] = ciIds.length ? ["cis", ciIds.map((id) => names.get(id) ?? id)] : ["classes", classes.map(className)];
  const rest = some.length > NAMED ? [t("pages.and_more", { count: number(some.length - NAMED) })] : [];
  return [t(`similar.same_${key}`, { names: [...some.slice(0, NAMED), ...rest].join(t("impact.comma")) }),
    ...(team ? [t("similar.same_team")] : [])].join(" · ");
}

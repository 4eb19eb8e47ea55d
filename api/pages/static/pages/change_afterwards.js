// A change that ended: what it was said to hit against what it hit, each with the records that say so.
import { useAsk } from "../ask.js";
import { Failed, Panel, useSome } from "../common.js";
import { html } from "../dom.js";
import { addressOf } from "../router.js";
import { Mark } from "../states.js";
import { gap, t } from "../texts.js";
import { recordName, typeName } from "../words.js";

export function Afterwards({ changeId }) {
  const asked = useAsk("change_afterwards", { changeId });
  const found = asked.data?.change?.afterwards;
  if (asked.failure) return html`<${Panel} title=${t("calibration.title")}><${Failed} failure=${asked.failure}
    again=${asked.again} /><//>`;
  if (!found) return null;
  const missed = found.occurred.filter((each) => !each.predicted);
  return html`<${Panel} title=${t("calibration.title")} class="flush">
    <p class="note">${said(found, missed)}${found.graphLater && gap() + t("calibration.later")}</p>
    <${Effects} some=${[...found.predicted, ...missed, ...found.beside.map((each) => ({ ...each, isBeside: true }))]} />
  <//>`;
}

function said({ reason, predicted }, missed) {
  if (reason) return t("calibration.not_measurable", { reason });
  if (!predicted.length) return t("calibration.said_nothing", { missed: missed.length });
  return t("calibration.said", { predicted: predicted.length, missed: missed.length,
    occurred: predicted.filter((each) => each.occurred).length });
}

function Effects({ some }) {
  const [shown, more] = useSome(some, 10);
  return html`<ul class="rows">${shown.map((each) => html`<li key="${each.ciId} ${each.isBeside}"><div class="line">
    <a href=${addressOf(each.ciId)}><strong>${each.ci?.name ?? each.ciId}</strong></a>
    <span>${each.isBeside ? t("calibration.beside") : each.state && each.predicted !== false
      ? t("calibration.was_predicted", { state: t(`impact.state_${each.state}`) }) : t("calibration.was_missed")}</span>
    ${!each.isBeside && (each.occurred ?? true ? html`<${Mark} state="OUTAGE" word=${t("calibration.happened")} />`
      : html`<${Mark} state="UNKNOWN" word=${t("calibration.happened_not")} />`)}</div>
    ${each.types?.length > 0 && html`<span class="note">${t("calibration.over", {
      types: each.types.map(typeName).join(t("impact.comma")) })} </span>`}<${Proofs} records=${each.records} /></li>`)}
  </ul>${more}`;
}

// incidents and outages have no page of their own: they are named with their kind
export function Proofs({ records }) {
  return html`<span class="note">${records.map(({ kind, id }) => `${recordName(`${kind}s`)} ${id}`)
    .join(t("impact.comma"))}</span>`;
}

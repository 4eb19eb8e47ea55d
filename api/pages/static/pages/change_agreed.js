// What if the outage of a service were agreed for the whole window: a part of the trial, kept in the address.
import { html } from "../dom.js";
import { navigate } from "../router.js";
import { t } from "../texts.js";
import { trialAddress } from "./change_trial.js";

export function Agreed({ change, review, trial }) {
  if (!(trial?.end ?? change.plannedEnd)) return null;
  const agreed = trial?.agreed ?? [];
  const hit = [...review.services.filter((each) => each.state === "OUTAGE").map((each) => each.service),
    ...review.conflicts.filter((each) => each.kind === "emergent_outage").flatMap((each) => each.services)];
  const names = new Map(hit.map((each) => [each.ciId, each.name]));
  const services = [...new Set([...names.keys(), ...agreed])];
  if (!services.length) return null;
  const toggle = (id) => navigate(trialAddress(change, { ...trial, agreed: agreed.includes(id)
    ? agreed.filter((each) => each !== id) : [...agreed, id] }));
  return html`<h3>${t("whatif.agreed")}</h3><ul class="plain">${services.map((id) => html`<li key=${id}>
    <span>${names.get(id) ?? id}</span><button type="button" class="ask agree" aria-pressed=${agreed.includes(id)}
      onClick=${() => toggle(id)}>${t("whatif.agree")}<span class="unseen"> ${names.get(id) ?? id}</span></button>
    </li>`)}</ul>`;
}

// Why a CI is hit: an unbroken path down to the cause, each step with its rule, and the proof to open.
import { ask, useAsk } from "./ask.js";
import { Answered, Panel } from "./common.js";
import { html, useState } from "./dom.js";
import { keepFile } from "./files.js";
import { addressOf } from "./router.js";
import { Shape, wordOf } from "./states.js";
import { t } from "./texts.js";
import { typeName } from "./words.js";

// `whose`: {ciId: the change that stops it}, where several do; `together`: what holds of them all, as a sentence.
export function Why({ given, impact, ciId, named, whose, together }) {
  const { edges } = impact.affected;
  const at = edges.findIndex(({ node }) => node.ci.ciId === ciId);
  const hit = edges[at]?.node;
  const after = at > 0 ? edges[at - 1].cursor : null;
  const told = hit?.witness[0]?.rule !== undefined; // of a graph that is not there yet: it came with the answer
  const asked = useAsk("why", { seeds: given, after }, { skip: at < 0 || told });
  if (at < 0) return null;
  const shown = { named, whose, together, edges };
  return html`<${Panel} title=${t(`pages.why_${hit.state.toLowerCase()}`)} note=${hit.ci.name} class="why-panel">
    ${told ? html`<${Steps} ...${shown} node=${hit} />` : html`<${Answered} asked=${asked} lines=${6}>
      ${({ impact: { affected } }) => html`<${Steps} ...${shown} node=${affected.nodes[0]} />
        <${Certificate} key=${ciId} given=${given} after=${after} />`}<//>`}
  <//>`;
}

function Steps({ node, named, whose, together, edges }) {
  const { witness } = node;
  const also = witness.flatMap((step, place) => (step.rule === "group_broken" ? step.lost ?? [] : [])
    .filter((id) => id !== witness[place + 1]?.ciId).map((id) => ({ through: id, ciId: causeOf(edges, id) })));
  const causes = [...new Map(also.map((each) => [each.ciId, each])).values()]
    .filter((each) => each.ciId !== witness[witness.length - 1].ciId);
  return html`<ol class="why ${node.state.toLowerCase()}">${witness.map((step, place) => html`<${Step}
    key=${step.ciId} step=${step} named=${named} whose=${whose} also=${place === witness.length - 1 ? causes : null}
    together=${together} />`)}</ol>
    ${node.confidence === "low" && html`<p class="note">
      ${node.reasons.map((reason) => t(`pages.reason_${reason}`)).join(" ")}</p>`}`;
}

// What stops a lost member in the end; a seed is its own cause.
function causeOf(edges, ciId) {
  const witness = edges.find(({ node }) => node.ci.ciId === ciId)?.node.witness ?? [];
  return witness.length ? witness[witness.length - 1].ciId : ciId;
}

// a step in words of its own: the name, then the rule; a broken group with what it needs and what is left.
// `also`: of the last step, the other causes without which it would not be one
function Step({ step, named, whose, also, together }) {
  const last = also !== null;
  return html`<li title=${step.message}>
    <${Shape} state=${last ? "seed" : step.state} />
    <div><${Cause} ciId=${step.ciId} named=${named} whose=${last && whose} /> <span class="unseen">
      ${wordOf(step.state)}</span>${also?.map((each) => html`<span key=${each.ciId}> + <${Cause} ciId=${each.ciId} named=${named}
        whose=${whose} />${each.through !== each.ciId && html` <span class="note">${t("pages.why_through",
          { name: named(each.through) })}</span>`}</span>`)}</div>
    ${step.group && step.rule !== "provider_out"
      ? html`<span class="tag ${step.rule === "redundancy_lost" ? "at_risk" : "outage"}">
        ${t(`pages.rule_${step.rule}`, {
          group: step.group, needed: step.needed, left: step.left, members: step.members,
            lost: (step.lost ?? []).slice(0, 5).map(named).join(t("impact.comma")) })}</span>`
      : html`<div class="note">
        ${last ? t(`impact.effect_${(step.effect ?? "OUTAGE").toLowerCase()}`) : t(`pages.rule_${step.rule}`, { via: typeName(step.via) })}</div>`}
    ${last && together && html`<div class="note">${together}</div>`}
  </li>`;
}

const Cause = ({ ciId, named, whose }) => html`<a href=${addressOf(ciId)}><strong>${named(ciId)}</strong></a>${whose
  && whose.has(ciId) && html` <span class="note">${whose.get(ciId)}</span>`}`;

// the proof of this verdict, which `faultline check` verifies without us: shown, and to keep as a file
function Certificate({ given, after }) {
  const [proof, set] = useState(null);
  const open = async () => {
    set({ waiting: true });
    try {
      const { impact } = await ask("certificate", { seeds: given, after });
      set({ text: JSON.stringify(impact.affected.nodes[0].certificate, null, 1),
        ciId: impact.affected.nodes[0].ci.ciId });
    } catch (failure) {
      set({ failure });
    }
  };
  if (!proof) return html`<p class="actions proof"><button type="button" onClick=${open}>
    ${t("pages.proof_open")}</button></p>`;
  if (proof.waiting) return html`<p class="note proof">${t("pages.waiting")}</p>`;
  if (proof.failure) return html`<p class="note proof">${proof.failure.message}</p>`;
  return html`<div class="proof"><p class="note">${t("pages.proof_note")}</p>
    <pre tabindex="0" aria-label=${t("pages.proof")}>${proof.text.slice(0,
      4000)}${proof.text.length > 4000 ? "\n…" : ""}</pre>
    <p class="actions"><button type="button" onClick=${() => keepFile("certificate.json", proof.text)}>
      ${t("pages.proof_keep")}</button>
      <button type="button" onClick=${() => set(null)}>${t("pages.close")}</button></p></div>`;
}

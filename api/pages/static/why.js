// Why a CI is hit: an unbroken path down to the cause, each step with its rule, and the proof to open.
import { ask, useAsk } from "./ask.js";
import { Answered, Panel } from "./common.js";
import { html, useState } from "./dom.js";
import { keepFile } from "./files.js";
import { addressOf } from "./router.js";
import { Shape, wordOf } from "./states.js";
import { t } from "./texts.js";
import { typeName } from "./words.js";

export function Why({ given, impact, ciId, named }) {
  const { edges } = impact.affected;
  const at = edges.findIndex(({ node }) => node.ci.ciId === ciId);
  const hit = edges[at]?.node;
  const after = at > 0 ? edges[at - 1].cursor : null;
  const told = hit?.witness[0]?.rule !== undefined; // of a graph that is not there yet: it came with the answer
  const asked = useAsk("why", { seeds: given, after }, { skip: at < 0 || told });
  if (at < 0) return null;
  return html`<${Panel} title=${t(`pages.why_${hit.state.toLowerCase()}`)} note=${hit.ci.name} class="why-panel">
    ${told ? html`<${Steps} node=${hit} named=${named} />` : html`<${Answered} asked=${asked} lines=${6}>
      ${({ impact: { affected } }) => html`<${Steps} node=${affected.nodes[0]} named=${named} />
        <${Certificate} key=${ciId} given=${given} after=${after} />`}<//>`}
  <//>`;
}

function Steps({ node, named }) {
  return html`<ol class="why ${node.state.toLowerCase()}">${node.witness.map((step, place) => html`<${Step}
    key=${step.ciId} step=${step} named=${named} last=${place === node.witness.length - 1} />`)}</ol>
    ${node.confidence === "low" && html`<p class="note">
      ${node.reasons.map((reason) => t(`pages.reason_${reason}`)).join(" ")}</p>`}`;
}

// a step in words of its own: the name, then the rule; a broken group with what it needs and what is left
function Step({ step, named, last }) {
  return html`<li title=${step.message}>
    <${Shape} state=${last ? "seed" : step.state} />
    <div><a href=${addressOf(step.ciId)}><strong>${named(step.ciId)}</strong></a> <span class="unseen">
      ${wordOf(step.state)}</span></div>
    ${step.group && step.rule !== "provider_out"
      ? html`<span class="tag ${step.rule === "redundancy_lost" ? "at_risk" : "outage"}">
        ${t(`pages.rule_${step.rule}`, {
          group: step.group, needed: step.needed, left: step.left, members: step.members,
            lost: (step.lost ?? []).slice(0, 5).map(named).join(t("impact.comma")) })}</span>`
      : html`<div class="note">
        ${last ? t(`impact.effect_${(step.effect ?? "OUTAGE").toLowerCase()}`) : t(`pages.rule_${step.rule}`, { via: typeName(step.via) })}</div>`}
  </li>`;
}

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

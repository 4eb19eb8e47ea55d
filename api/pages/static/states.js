// How a CI stands: shape, word and colour, the same on every page, in print and without colours.
import { html } from "./dom.js";
import { t } from "./texts.js";

export const STATES = ["OUTAGE", "DEGRADED", "AT_RISK", "UNAFFECTED", "UNKNOWN"];
const PLAIN = ["PLAIN", "ASKED"]; // of a CI that nothing is said of, or that the question is about
const SHAPES = {
  outage: html`<rect class="fill" x="2" y="2" width="12" height="12" rx="1.5" /><path class="on"
    d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" />`,
  degraded: html`<circle class="ring" cx="8" cy="8" r="5.6" /><path class="fill" d="M8 2.4a5.6 5.6 0 0 0 0 11.2Z" />`,
  at_risk: html`<path class="ring" d="M8 2.4 14 13.4H2Z" />`,
  unaffected: html`<circle class="ring" cx="8" cy="8" r="5.2" />`,
  seed: html`<path class="fill" d="M8 1.4 14.6 8 8 14.6 1.4 8Z" />`,
  unknown: html`<rect class="ring hatched" x="2" y="2" width="12" height="12" rx="1.5" /><path class="ring"
    d="M6 6.3c.2-2.6 4.2-2.3 4 .2-.1 1.2-2 1.5-2 2.8m0 2v.4" />`,
};

export const wordOf = (state) => (PLAIN.includes(state) ? "" : t(`pages.state_${key(state)}`));
const key = (state) => (SHAPES[state.toLowerCase()] ? state.toLowerCase() : "unknown");

// The shape alone, for where the word stands beside it; as svg it can also be a part of a picture.
export function Shape({ state, x, y, size = 16 }) {
  if (PLAIN.includes(state)) return null;
  const name = key(state);
  return html`<svg class="shape ${name}" x=${x} y=${y} width=${size} height=${size} viewBox="0 0 16 16"
    aria-hidden="true">
    ${SHAPES[name]}
  </svg>`;
}

export function Mark({ state, word }) {
  return html`<span class="mark ${key(state)}"><${Shape} state=${state} />${word ?? wordOf(state)}</span>`;
}

// What the shapes mean, below a picture.
export function Legend({ states }) {
  return html`<p class="legend">${states.map((state) => html`<${Mark} key=${state} state=${state} />`)}</p>`;
}

// What stands around a CI in the graph, to be affected with it: what rests on it, what it rests on, and who does the same
// in its redundancy groups.
import { useAsk } from "../ask.js";
import { Answered, useSome } from "../common.js";
import { html } from "../dom.js";
import { t } from "../texts.js";
import { className } from "../words.js";

const FIRST = 50; // relationships of a direction; how many more there are is said

export function Around({ ci, picked, add }) {
  const asked = useAsk("draft_around", { ciId: ci.ciId, first: FIRST }, { alone: true });
  return html`<div class="around-of"><${Answered} asked=${asked}>${({ ci: found }) => (found
    ? html`${partsOf(found).map((part) => html`<${Part} key=${part.title} ...${part} picked=${picked} add=${add} />`)}`
    : html`<p class="note">${t("draft.line_unknown")}</p>`)}<//></div>`;
}

// [{title, cis, rest}]: those that are retired are left out; nobody stands in a part twice.
function partsOf(found) {
  const groups = new Map();
  const grouped = (owner, name) => owner.redundancyGroups.find((group) => group.name === name);
  for (const { source, redundancyGroup } of found.dependents.nodes) {
    const group = redundancyGroup && grouped(source, redundancyGroup);
    if (group) groups.set(JSON.stringify([source.ciId, group.name]), { title: t("draft.around_group", { group: group.name,
      name: source.name }), cis: group.members });
  }
  const side = (title, connection, end) => ({ title, cis: connection.nodes.map((each) => each[end]),
    rest: connection.totalCount - connection.nodes.length });
  return [...groups.values(), side(t("draft.around_dependents"), found.dependents, "source"),
    side(t("draft.around_providers"), found.providers, "target")]
    .map((part) => ({ ...part, cis: [...new Map(part.cis.filter((ci) => ci.status !== "retired" && ci.ciId !== found.ciId)
      .map((ci) => [ci.ciId, ci])).values()] }));
}

function Part({ title, cis, rest = 0, picked, add }) {
  const known = new Set(picked.map((each) => each.ciId));
  const fresh = cis.filter((ci) => !known.has(ci.ciId));
  const [shown, more] = useSome(cis, 8);
  return html`<section><h3>${title}</h3>
    ${!cis.length && html`<p class="note">${t("draft.around_none")}</p>`}
    <ul class="plain">${shown.map((ci) => html`<li key=${ci.ciId}><span>${ci.name} <span class="note">
      ${className(ci.ciClass)}</span></span>${known.has(ci.ciId) ? html`<span class="note">${t("draft.there")}</span>`
      : html`<button type="button" onClick=${() => add([ci])}>${t("draft.take")}<span class="unseen"> ${ci.name}
        </span></button>`}</li>`)}</ul>${more}
    ${fresh.length > 1 && html`<p><button type="button" onClick=${() => add(fresh)}>${t("draft.take_all",
      { count: fresh.length })}<span class="unseen"> ${title}</span></button></p>`}
    ${rest > 0 && html`<p class="note">${t("draft.around_rest", { count: rest })}</p>`}
  </section>`;
}

// What a change does to the graph: its edits in the part of the graph that they touch, and each as a sentence.
import { useAsk } from "../ask.js";
import { editSentence } from "../changing/edits.js";
import { Failed, Panel, Skeleton, useSome } from "../common.js";
import { html, useMemo, useState } from "../dom.js";
import { Lanes } from "../lanes.js";
import { number, t } from "../texts.js";
import { typeOf } from "../words.js";

const NOTES = ["add", "retire", "set", "regroup"]; // what the box of an edited CI says, the weightiest first

const flat = (edits) => (Array.isArray(edits) ? edits : []).flatMap((each) => each.edits ?? [each]);

export function Edits({ change }) {
  const some = useMemo(() => flat(change.edits), [change]);
  const [shown, more] = useSome(some, 8);
  const asked = useAsk("change_edited", { changeId: change.changeId }, { skip: !some.length });
  const cis = asked.data?.change?.edited ?? [];
  const named = Object.fromEntries([...change.affected.map(({ ci }) => ci), ...cis, ...added(some)].filter(Boolean)
    .map((ci) => [ci.ciId, ci.name]));
  if (!some.length) return null;
  return html`<${Panel} title=${t("draft.edits")} note=${number(some.length)} class="picture of-edits">
    ${asked.failure ? html`<${Failed} failure=${asked.failure} again=${asked.again} />` : asked.data
      ? html`<${Drawn} edits=${some} cis=${cis} />` : html`<${Skeleton} tall lines=${4} />`}
    <ul class="rows">${shown.map((edit, at) => html`<li key=${at}>${editSentence(edit, named)}</li>`)}</ul>${more}<//>`;
}

const added = (edits) => edits.filter((each) => each.op === "add" && each.ci).map(({ ci }) => ({ ciId: ci.ci_id,
  name: ci.name ?? ci.ci_id, ciClass: ci.ci_class }));

function Drawn({ edits, cis }) {
  const [chosen, choose] = useState(null);
  const { nodes, edges, marks, rest } = useMemo(() => drawnOf(edits, cis), [edits, cis]);
  if (!nodes.length) return html`<p class="note">${t("rfc.edits_unknown")}</p>`;
  const kinds = new Set(marks.values());
  return html`<${Lanes} nodes=${nodes} edges=${edges} marks=${marks} chosen=${chosen} choose=${choose}
      label=${t("rfc.edits_label")} />
    <p class="legend">${["added", "removed"].filter((kind) => kinds.has(kind)).map((kind) => html`<span key=${kind}
      class="key-edge"><svg width="28" height="8" aria-hidden="true"><path class=${kind} d="M0 4h28" /></svg>
      ${t(`rfc.edge_${kind}`)}</span>`)}${kinds.size > 0 && html`<span>${t("rfc.edge_kept")}</span>`}</p>
    ${rest > 0 && html`<p class="note">${t("rfc.edits_rest", { count: rest })}</p>`}`;
}

// nodes and edges of the edited CIs with what stands next to them; `rest`: relationships that are not drawn.
function drawnOf(edits, cis) {
  const nodes = new Map();
  const put = (ci, more) => nodes.set(ci.ciId, { note: "", state: "PLAIN", ...nodes.get(ci.ciId), ...ci, ...more });
  const edges = new Map();
  const marks = new Map();
  const join = (source, type, target, mark) => {
    const [up, down] = typeOf(type).provider === "source" ? [target, source] : [source, target];
    const key = `${up}\n${down}`;
    edges.set(key, [up, down]);
    if (mark) marks.set(key, mark);
  };
  let rest = 0;
  for (const ci of cis) {
    for (const side of [ci.providers, ci.dependents]) {
      rest += side.totalCount - side.nodes.length;
      for (const { source, type, target } of side.nodes) {
        put(source);
        put(target);
        join(source.ciId, type, target.ciId);
      }
    }
  }
  for (const { ciId, name, ciClass } of [...added(edits), ...cis]) put({ ciId, name, ciClass }, { state: "ASKED" });
  for (const edit of edits) {
    if (edit.op === "relate") join(edit.source, edit.type, edit.target, "added");
    else if (edit.op === "unrelate") join(edit.source, edit.type, edit.target, "removed");
    const ciId = edit.ci?.ci_id ?? edit.ci_id;
    const node = ciId && nodes.get(ciId);
    if (!node) continue;
    const ops = new Set([...node.ops ?? [], edit.op]);
    nodes.set(ciId, { ...node, ops, note: t(`rfc.edit_is_${NOTES.find((op) => ops.has(op)) ?? "set"}`) });
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], marks, rest };
}

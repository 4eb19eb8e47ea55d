// What waits for a decision, then import runs, the newest first: what each created, changed and refused, with the rows.
import { ask, useAsk } from "../ask.js";
import { Answered, Empty, Failed, Panel, Sentence } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { gap, number, t, time } from "../texts.js";
import { Conflicts, waiting } from "./conflicts.js";
import { Upload } from "./upload.js";

const FIRST = 20;
const MOST = 200; // conflicts shown; as they are decided, others come
const FINDINGS = ["rejected", "conflicts", "unresolved", "warnings"];

export function Page({ moved }) {
  const asked = useAsk("imports", { first: FIRST, after: null });
  const [later, add] = useState([]);
  const [listed, list] = useState(FIRST);
  const left = useAsk("conflicts", { first: listed, after: null });
  const known = useRef(null); // while more of them are asked for
  known.current = left.data ?? known.current;
  const found = asked.data?.importRuns;
  const open = known.current?.open;
  const again = () => {
    asked.again();
    left.again();
  };
  useEffect(() => {
    document.title = `${t("pages.place_imports")} · Faultline`;
  });
  return html`<div>
    <${Sentence} moved=${moved}>
      ${open?.totalCount ? waiting(open) + gap() : ""}${!found ? t("pages.imports_reading")
        : found.totalCount ? said(found) : t("pages.imports_none")}<//>
    <div class="stack">${open && html`<${Conflicts} found=${known.current} again=${again}
      more=${listed < MOST && (() => list((count) => Math.min(MOST, count + 4 * FIRST)))} />`}
    ${left.failure && !asked.failure && html`<${Failed} failure=${left.failure} again=${left.again} />`}
    <${Upload} done=${again} />
    <${Panel} title=${t("pages.runs")} note=${found && number(found.totalCount)} class="flush">
      <${Answered} asked=${asked}>${() => {
        const pages = [found, ...later];
        const last = pages[pages.length - 1].pageInfo;
        const all = pages.flatMap((page) => page.nodes);
        const more = async () => add([...later, (await ask("imports", { first: FIRST,
          after: last.endCursor })).importRuns]);
        if (!all.length) return html`<${Empty}>
          ${t("pages.imports_first")} <code>faultline import inventory FOLDER --dry-run</code><//>`;
        return html`<ul class="rows">${all.map((run) => html`<${Run} key=${run.run} run=${run} />`)}</ul>
          ${last.hasNextPage && html`<button type="button" class="more" onClick=${more}>
            ${t("pages.more", { count: found.totalCount - all.length })}</button>`}`;
      }}<//>
    <//></div>
  </div>`;
}

function said(found) {
  const [last] = found.nodes;
  const rejected = last.report?.rejected.count ?? 0;
  return t(rejected ? "pages.imports_said_rejected" : "pages.imports_said", { source: last.source,
    at: time(last.startedAt), count: rejected });
}

function Run({ run }) {
  const { report } = run;
  return html`<li>
    <div class="line"><span class="number">${time(run.startedAt)}</span><strong>${run.source}</strong>
      <span class="note">${run.scopes.join(t("impact.comma"))}</span>
      <span class="tag ${run.status === "abandoned" ? "outage" : ""}">${t(`pages.run_${run.status}`)}</span>
      ${run.full && html`<span class="tag">${t("pages.run_full")}</span>`}${report?.dryRun && html`<span class="tag">
        ${t("pages.run_dry")}</span>`}
      <span class="right note">${run.actor}</span></div>
    ${report ? html`<${Report} report=${report} />` : html`<p class="note">${t("pages.run_no_report")}</p>`}
    <div class="note id">${run.run}</div>
  </li>`;
}

// What a run found and did, or would do.
export function Report({ report }) {
  return html`<${Counts} report=${report} />
    ${FINDINGS.filter((name) => report[name].count).map((name) => html`<${Found} key=${name} name=${name}
      findings=${report[name]} />`)}
    ${report.missing.length > 0 && html`<details><summary>
      ${t("pages.run_missing", { count: report.missing.length })}</summary><p class="note">${report.missing.slice(0,
      100).join(t("impact.comma"))}</p></details>`}`;
}

function Counts({ report }) {
  const rows = ["created", "updated", "unchanged", "ended"];
  return html`<div class="scroll"><table class="small"><thead><tr><th><span class="unseen">
    ${t("pages.run_what")}</span></th>${rows.map((name) => html`<th key=${name} class="right">
    ${t(`pages.run_${name}`)}</th>`)}</tr></thead>
    <tbody>${["cis", "relationships", "records"].map((kind) => html`<tr key=${kind}><th scope="row">
      ${t(`pages.kind_${kind}`)}</th>
      ${rows.map((name) => html`<td key=${name} class="right">${number(report[name][kind])}</td>`)}</tr>`)}</tbody>
        </table></div>`;
}

function Found({ name, findings }) {
  return html`<details><summary>${t(`pages.run_${name}`, { count: findings.count })}</summary>
    <ul class="plain">${findings.items.map((each, at) =>
      html`<li key=${at}>${each.message} <span class="id">
      ${[each.file, each.line, each.field].filter((part) => part !== null && part !== "").join(":")}</span></li>`)}</ul>
    ${findings.count > findings.items.length && html`<p class="note">
      ${t("pages.listed_first", { shown: findings.items.length, count: findings.count })}</p>`}</details>`;
}

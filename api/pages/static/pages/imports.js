// What waits for a decision, then import runs, the newest first: what each created, changed and refused, with the rows.
import { ask, useAsk } from "../ask.js";
import { Answered, Empty, Failed, NotScoped, Panel, Sentence, isNotScoped } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { useFollowing, useUntil } from "../following.js";
import { useLater } from "../later.js";
import { gap, number, t, time } from "../texts.js";
import { Conflicts, waiting } from "./conflicts.js";
import { Going } from "./going.js";
import { Upload } from "./upload.js";

const FIRST = 20;
const MOST = 200; // conflicts shown; as they are decided, others come
const AGAIN = 2000; // milliseconds after which a run that is being carried out is looked at again
const FINDINGS = ["rejected", "conflicts", "unresolved", "warnings"];

export function Page({ moved }) {
  const asked = useAsk("imports", { first: FIRST, after: null }, { alone: true });
  const [listed, list] = useState(FIRST);
  const left = useAsk("conflicts", { first: listed, after: null });
  const known = useRef(null); // while more of them are asked for
  known.current = left.data ?? known.current;
  const may = useAsk("may").data?.me.may ?? [];
  const room = useRef(null);
  useFollowing(asked, room);
  const found = asked.data?.importRuns;
  const open = known.current?.open;
  const { all, hasMore, more, failure } = useLater(found,
    async (after) => (await ask("imports", { first: FIRST, after })).importRuns);
  const going = all.filter((run) => run.progress || run.status === "running");
  const again = () => {
    asked.again({ unseen: true });
    left.again({ unseen: true });
  };
  useEffect(() => {
    document.title = `${t("pages.place_imports")} · Faultline`;
  });
  useUntil(asked, going.length > 0, AGAIN);
  if (isNotScoped(asked.failure)) return html`<${NotScoped} moved=${moved} />`;
  return html`<div>
    <${Sentence} moved=${moved}>
      ${open?.totalCount ? waiting(open) + gap() : ""}${!found ? t("pages.imports_reading")
        : found.totalCount ? said(found) : t("pages.imports_none")}<//>
    <div class="stack">${open && html`<${Conflicts} found=${known.current} again=${again} may=${may.includes("mutation.resolveConflict")}
      more=${listed < MOST && (() => list((count) => Math.min(MOST, count + 4 * FIRST)))} />`}
    ${left.failure && !asked.failure && html`<${Failed} failure=${left.failure} again=${left.again} />`}
    ${may.includes("mutation.startImport") && html`<${Upload} done=${again} />`}
    <div ref=${room}><${Panel} title=${t("pages.runs")} note=${found && number(found.totalCount)} class="flush">
      <${Answered} asked=${asked}>${() => (all.length ? html`<ul class="rows">${all.map((run) =>
          html`<${Run} key=${run.run} run=${run} again=${asked.again} stops=${may.includes("mutation.cancelImport")} />`)}</ul>
        ${failure && html`<p class="note">${failure.message}</p>`}
        ${hasMore && html`<button type="button" class="more" onClick=${more}>
          ${t("pages.more", { count: found.totalCount - all.length })}</button>`}` : html`<${Empty}>
          ${t("pages.imports_first")} <code>faultline import inventory FOLDER --dry-run</code><//>`)}<//>
    <//></div></div>
    <${Ended} all=${all} />
  </div>`;
}

// Tells of runs that were on their way when this page was opened, and are not any more.
function Ended({ all }) {
  const going = useRef(new Set());
  const [ended, tell] = useState("");
  useEffect(() => {
    const over = all.filter((run) => going.current.has(run.run) && !run.progress);
    going.current = new Set(all.filter((run) => run.progress).map((run) => run.run));
    if (over.length) tell(over.map((run) => t("live.run_ended", { source: run.source,
      status: t(`pages.run_${run.status}`) })).join(" "));
  }, [all]);
  return html`<span class="unseen" role="status">${ended}</span>`;
}

function said(found) {
  const [last] = found.nodes;
  if (last.progress || last.status === "running") return t("live.imports_going", { source: last.source, at: time(last.startedAt) });
  if (last.status === "cancelled") return t("live.imports_stopped", { source: last.source, at: time(last.startedAt) });
  if (!last.report) return t("live.imports_open", { source: last.source, at: time(last.startedAt) });
  const rejected = last.report?.rejected.count ?? 0;
  return t(rejected ? "pages.imports_said_rejected" : "pages.imports_said", { source: last.source,
    at: time(last.startedAt), count: rejected });
}

function Run({ run, again, stops }) {
  const { report, progress } = run;
  return html`<li>
    <div class="line"><span class="number">${time(run.startedAt)}</span><strong>${run.source}</strong>
      <span class="note">${run.scopes.join(t("impact.comma"))}</span>
      <span class="tag ${run.status === "abandoned" ? "outage" : ""}">${t(`pages.run_${run.status}`)}</span>
      ${run.full && html`<span class="tag">${t("pages.run_full")}</span>`}${report?.dryRun && html`<span class="tag">
        ${t("pages.run_dry")}</span>`}
      <span class="right note">${run.actor}</span></div>
    ${progress && html`<${Going} run=${run.run} progress=${progress} again=${again} stops=${stops} />`}
    ${report && html`<${Report} report=${report} />`}
    ${!report && run.status !== "running" && html`<p class="note">${t("pages.run_no_report")}</p>`}
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

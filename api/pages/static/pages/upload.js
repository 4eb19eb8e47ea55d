// A file of an inventory, dropped or chosen: tried first, then applied; the server says how it goes on.
import { Panel } from "../common.js";
import { html, useRef, useState } from "../dom.js";
import { languageNow, t } from "../texts.js";
import { Going } from "./going.js";
import { Report } from "./imports.js";

const CSV = "text/csv";
const STOPPED = ["import.interrupted", "import.cancelled"];
const LINES = "application/x-ndjson";

// a table has the name of its file; lines of JSON name theirs themselves
export function wantedOf(name) {
  const [stem, ending] = name.toLowerCase().split(/\.(?=[^.]*$)/);
  if (ending === "csv") return { type: CSV, query: `table=${encodeURIComponent(stem)}` };
  return ending === "ndjson" || ending === "jsonl" ? { type: LINES, query: "" } : null;
}

export function Upload({ done }) {
  const [file, choose] = useState(null);
  const [state, say] = useState({});
  const sending = useRef(null);
  const wanted = file && wantedOf(file.name);
  const picked = (some) => {
    choose(some?.[0] ?? null);
    say({});
  };
  const run = async (dry) => {
    say({ going: true, dry });
    sending.current = new AbortController();
    const end = await sent(file, wanted, dry, sending.current.signal, (progress) => say({ going: true, dry, progress }));
    say({ dry, ...end });
    if (!dry) done();
  };
  return html`<${Panel} title=${t("pages.upload")} note=${t("pages.upload_note")}>
    <div class="drop" onDragOver=${(event) => event.preventDefault()} onDrop=${(event) => {
      event.preventDefault();
      picked(event.dataTransfer.files);
    }}>
      <label>${t("pages.upload_file")} <input type="file" accept=".csv,.ndjson,.jsonl"
        onChange=${(event) => picked(event.target.files)} /></label>
      <button type="button" disabled=${!wanted || state.going} onClick=${() => run(true)}>
        ${t("pages.upload_try")}</button>
      <button type="button" class="primary" disabled=${!wanted || state.going || !state.dry || !state.report}
        onClick=${() => run(false)}>${t("pages.upload_apply")}</button>
    </div>
    <div role="status" class="upload-said">
      ${file && !wanted && html`<p class="failed">${t("pages.upload_other")}</p>`}
      ${state.stopped && html`<p>${t(state.dry ? "live.stopped_dry" : "live.stopped")}</p>`}
      ${state.error && html`<p class="failed">${state.error}</p>`}
      ${state.report && html`<p>${t(state.dry ? "pages.upload_tried" : "pages.upload_done", { name: file.name })}</p>`}
    </div>
    ${state.going && html`<${Going} run=${state.progress?.run} progress=${state.progress ?? {}}
      onStop=${() => sending.current.abort()} /><p class="note">${t("live.leave")}</p>`}
    ${state.report && html`<${Report} report=${inFields(state.report)} />`}
  <//>`;
}

// the report as the pages know it from GraphQL
function inFields(report) {
  const findings = (some) => ({ count: some.length, items: some.slice(0, 100) });
  return {
    ...report,
    dryRun: report.dry_run,
    missing: report.missing_cis,
    rejected: findings(report.rejected),
    conflicts: findings(report.conflicts),
    warnings: findings(report.warnings),
    unresolved: findings(report.unresolved),
  };
}

async function sent(file, { type, query }, dry, signal, tell) {
  const address = `/import/inventory?${[query, dry && "dry_run=true"].filter(Boolean).join("&")}`;
  const headers = { "Content-Type": type, "Accept-Language": languageNow(), "X-Faultline": "1" };
  try {
    const response = await fetch(address, { method: "POST", headers, body: file, credentials: "same-origin",
      signal });
    if (!response.ok) return refused(await response.json().catch(() => null), response.status);
    let last = null;
    for (const line of (await told(response, tell)).filter(Boolean)) last = JSON.parse(line);
    if (last?.report) return { report: last.report };
    if (STOPPED.includes(last?.error?.key)) return { stopped: true };
    return { error: last?.error?.message ?? t("pages.unreachable") };
  } catch {
    return signal.aborted ? { stopped: true } : { error: t("pages.unreachable") };
  }
}

// all lines of an answer; those that come before its end are told as they come
async function told(response, tell) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    const whole = text.split("\n").slice(0, -1).pop();
    if (whole) tell(JSON.parse(whole).progress);
  }
  return text.split("\n");
}

function refused(body, status) {
  const error = body?.errors?.[0];
  const key = error?.extensions?.key;
  if (key === "import.cancelled") return { stopped: true };
  const isWorded = error?.message && error.message !== key;
  return { error: isWorded ? error.message : t("pages.failed", { status: String(status) }) };
}

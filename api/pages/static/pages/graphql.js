// A place to ask GraphQL by hand, without anything from elsewhere: examples, the schema with its words, the answer.
import { ask, queriesNow, useAsk } from "../ask.js";
import { Answered, Panel, Sentence } from "../common.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { number, t } from "../texts.js";

const START = 'query {\n  revision\n  search(text: "lipei", most: 5) {\n    hits { match ci { ciId name ciClass } }\n  }\n}\n';
const EXAMPLES = {
  search: { text: "lipei", most: 5 }, ci: { ciId: "db-lipei-1" },
    impact: { seeds: [{ ciId: "array-a-1", effect: "OUTAGE" }], first: 20 },
  why: { seeds: [{ ciId: "array-a-1", effect: "OUTAGE" }], after: null },
    weak_points: { service: "svc-lipei", most: 10 },
  continuity: { service: "svc-lipei", scenario: "SC-SITE-A" }, kpis: { period: "2026-10" }, services: { first: 20,
    after: null }, overview: {},
};

export function Page({ query, moved }) {
  const [text, write] = useState(query.get("query") ?? START);
  const [variables, give] = useState(query.get("variables") ?? "{}");
  const [answer, set] = useState(null);
  useEffect(() => {
    document.title = "GraphQL · Faultline";
  });
  const run = async () => {
    let given;
    try {
      given = variables.trim() ? JSON.parse(variables) : {};
    } catch (error) {
      set({ text: t("pages.variables_wrong", { reason: error.message }) });
      return;
    }
    const begun = performance.now();
    set({ waiting: true });
    try {
      const body = await ask(text, given, { own: true });
      set({ text: JSON.stringify(body, null, 2) ?? t("pages.no_json"), took: performance.now() - begun });
    } catch (failure) {
      set({ text: failure.message });
    }
  };
  const pressed = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  };
  const take = (name) => {
    write(queriesNow()[name]);
    give(JSON.stringify(EXAMPLES[name], null, 2));
  };
  return html`<div onKeyDown=${pressed}>
    <${Sentence} moved=${moved} note=${t("pages.graphql_note")}>${t("pages.graphql_said")}<//>
    <div class="columns"><div>
      <${Panel} title=${t("pages.question")} actions=${html`<button type="button" class="primary" onClick=${run}>
        ${t("pages.run_query")}</button>`}>
        <div class="editor"><${Text} label=${t("pages.document")} value=${text} rows=${16} write=${write} />
          <${Text} label=${t("pages.variables")} value=${variables} rows=${5} write=${give} />
          <p class="actions"><span class="note">${t("pages.examples")}</span>
            ${Object.keys(EXAMPLES).map((name) => html`<button key=${name} type="button" onClick=${() => take(name)}>
            ${name}</button>`)}</p></div>
      <//>
      <${Panel} title=${t("pages.answer")} note=${answer?.took && t("pages.took", { took: number(answer.took) })}>
        <div role="status">${!answer ? html`<p class="note">${t("pages.answer_none")}</p>` : answer.waiting ? html`<p
          class="note">${t("pages.waiting")}</p>` : html`<pre class="answer" tabindex="0"
          aria-label=${t("pages.answer")}>${answer.text}</pre>`}</div>
      <//>
    </div><div><${Schema} /></div></div>
  </div>`;
}

function Text({ label, value, rows, write }) {
  return html`<label><span class="note">${label}</span><textarea rows=${rows} spellcheck=${false} autocapitalize="off"
    value=${value} onInput=${(event) => write(event.target.value)} /></label>`;
}

function Schema() {
  const asked = useAsk("schema");
  const [at, go] = useState([]);
  const heading = useRef(null);
  const open = (path) => {
    go(path);
    heading.current?.focus();
  };
  return html`<${Panel} title=${t("pages.schema")}><${Answered} asked=${asked} lines=${8}>${({ __schema: schema }) => {
    const roots = [schema.queryType, schema.mutationType,
      schema.subscriptionType].filter(Boolean).map((each) => each.name);
    const name = at[at.length - 1] ?? roots[0];
    const type = schema.types.find((each) => each.name === name);
    return html`<div class="schema"><p class="actions">${roots.map((root) => html`<button key=${root} type="button"
      aria-pressed=${name === root} onClick=${() => open([root])}>${root}</button>`)}
        ${at.length > 1 && html`<button type="button" onClick=${() => open(at.slice(0, -1))}>
          ${t("pages.schema_back")}</button>`}</p>
      <h3 tabindex="-1" ref=${heading}>${type.name}</h3><p class="note">${type.description}</p>
      <dl>${(type.fields ?? type.inputFields ?? []).map((field) => html`<dt key=${field.name}><code>
        ${field.name}</code><${Arguments} field=${field} />: <${Named} type=${field.type} schema=${schema}
        open=${(other) => open([...at, other])} /></dt><dd class="note">${field.description}</dd>`)}
        ${(type.enumValues ?? []).map((value) => html`<dt key=${value.name}><code>${value.name}</code></dt>
          <dd class="note">${value.description}</dd>`)}
        ${(type.possibleTypes ?? []).map((one) => html`<dt key=${one.name}><button type="button" class="link"
          onClick=${() => open([...at, one.name])}>${one.name}</button></dt>`)}</dl></div>`;
  }}<//><//>`;
}

function Arguments({ field }) {
  const some = field.args ?? [];
  return some.length > 0
    && html`<code>(${some.map((one) => `${one.name}: ${written(one.type)}${one.defaultValue ? ` = ${one.defaultValue}` : ""}`).join(", ")})</code>`;
}

function written(type) {
  if (type.kind === "NON_NULL") return `${written(type.ofType)}!`;
  return type.kind === "LIST" ? `[${written(type.ofType)}]` : type.name;
}

const named = (type) => (type.ofType ? named(type.ofType) : type.name);

function Named({ type, schema, open }) {
  const name = named(type);
  const isPlain = schema.types.find((each) => each.name === name)?.kind === "SCALAR";
  return isPlain ? html`<code>${written(type)}</code>` : html`<button type="button" class="link"
    onClick=${() => open(name)}><code>${written(type)}</code></button>`;
}

// What people say on a change: comments, questions that are open until they are answered, and a deputy for a decision.
import { ask, useAsk } from "../ask.js";
import { Answered, Panel } from "../common.js";
import { html, useRef, useState } from "../dom.js";
import { addressed, momentOf } from "../moments.js";
import { number, t, time } from "../texts.js";

const PAGE = 20;
const LONGEST = 10000; // characters
const LINK = /https?:\/\/[^\s<>"'“”‘’（）()，。；、]+/g;

export function Talk({ change }) {
  const [first, more] = useState(PAGE);
  const asked = useAsk("change_talk", { changeId: change.changeId, first, after: null });
  const open = asked.data?.change?.openQuestions.length ?? 0;
  return html`<div id="talk" tabindex="-1"><${Panel} title=${t("talk.title")} class="talk flush"
    note=${asked.data?.change && number(asked.data.change.comments.totalCount)}>
    <${Answered} asked=${asked}>${({ me, change: found }) => found && html`
      ${open > 0 && html`<p class="note missing">${t("talk.missing", { count: open })}</p>`}
      ${!found.comments.nodes.length && html`<p class="note">${t("talk.none")}</p>`}
      <ul class="rows">${found.comments.nodes.map((each) => html`<${Said} key=${each.commentId} said=${each}
        change=${change} again=${asked.again} canAnswer=${me.may.includes("mutation.answerOnChange")} />`)}</ul>
      ${found.comments.pageInfo.hasNextPage && html`<button type="button" class="more" onClick=${() => more(first + PAGE)}>
        ${t("pages.more", { count: found.comments.totalCount - found.comments.nodes.length })}</button>`}
      ${me.may.includes("mutation.commentOnChange") && html`<${Write} change=${change} again=${asked.again} />`}
      ${me.may.includes("mutation.delegateDecision") && change.steps.some((step) => step.decides)
        && html`<${Let} change=${change} />`}`}<//>
  <//></div>`;
}

// Plain text in which addresses of the web are links; whatever else it holds stays text.
function Words({ text }) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    found.push(text.slice(end, match.index), html`<a href=${match[0]} rel="noopener nofollow noreferrer"
      target="_blank">${match[0]}</a>`);
    end = match.index + match[0].length;
  }
  return html`<p class="words">${found}${text.slice(end)}</p>`;
}

function Said({ said, change, again, canAnswer }) {
  const answer = (text) => ask("answer_on_change", { change: change.changeId, question: said.commentId, text });
  return html`<li class=${said.kind}><p class="line"><strong>${said.author}</strong>
      <span class="note">${t(`talk.kind_${said.kind}`, { who: said.asked })}</span>
      ${said.open && html`<span class="tag at_risk">${t("talk.is_open")}</span>`}
      <span class="right note number">${said.at && time(said.at)}</span></p>
    <${Words} text=${said.text} />
    ${said.answerable && canAnswer && html`<${Form} id=${`answer-${said.commentId}`} again=${again}
      label=${t("talk.answer_to", { text: said.text.slice(0, 60) })} ways=${[[t("talk.as_answer"), answer]]} />`}</li>`;
}

function Write({ change, again }) {
  const [asked, whom] = useState("");
  const say = (text) => ask("comment_on_change", { change: change.changeId, text });
  const question = async (text) => (!asked.trim() && !change.requestedBy
    ? { none: { message: t("talk.nobody_asked") } } : ask("ask_on_change", { change: change.changeId, text, asked: asked.trim() || null }));
  return html`<${Form} id="talk-text" again=${again} label=${t("talk.write")}
    ways=${[[t("talk.as_comment"), say], [t("talk.as_question"), question]]}>
    <label><span class="note">${t("talk.asked")}</span><input name="asked" maxlength="200" value=${asked}
      onInput=${(event) => whom(event.target.value)} /></label><//>`;
}

// A text with what can be done with it; what was refused stays, with the reason.
function Form({ id, label, ways, again, children }) {
  const [text, write] = useState("");
  const [state, set] = useState({});
  const told = useRef(null);
  const send = async (way) => {
    set({ going: true });
    try {
      const answer = Object.values(await way(text))[0];
      set(answer.message ? { failed: answer.message } : { said: t("talk.recorded") });
      if (!answer.message) {
        write("");
        again({ gently: true });
      }
    } catch (failure) {
      set({ failed: failure.message });
    }
    told.current?.focus({ preventScroll: true });
  };
  return html`<div class="form"><label for=${id}>${label}</label>
    <textarea id=${id} rows="2" maxlength=${LONGEST} value=${text} onInput=${(event) => write(event.target.value)} />
    ${children}
    <div class="actions">${ways.map(([name, way]) => html`<button key=${name} type="button"
      disabled=${state.going || !text.trim()} onClick=${() => send(way)}>${name}</button>`)}
      <span tabindex="-1" ref=${told} role="status" class=${state.failed ? "wrong" : "note"}>${state.failed
        ?? state.said ?? ""}</span></div></div>`;
}

// Who decides for one: on this change, or on all until a moment.
function Let({ change }) {
  const [deputy, name] = useState("");
  const [scope, choose] = useState("one");
  const [until, end] = useState("");
  const [said, say] = useState("");
  const send = async (event) => {
    event.preventDefault();
    const moment = until && momentOf(until);
    if (scope === "all" && !moment) return say(t("talk.deputy_until_first"));
    const given = scope === "all" ? { change: null, to: addressed(moment) } : { change: change.changeId, to: null };
    try {
      const { delegateDecision: answer } = await ask("delegate_decision", { deputy, ...given });
      say(answer.message ?? t(scope === "all" ? "talk.deputy_is_all" : "talk.deputy_is", { deputy: answer.deputy,
        until: moment ? time(addressed(moment)) : "" }));
    } catch (failure) {
      say(failure.message);
    }
    return undefined;
  };
  return html`<details class="let"><summary>${t("talk.let")}</summary><form class="form" onSubmit=${send}>
    <label><span class="note">${t("talk.deputy")}</span><input name="deputy" maxlength="200" required value=${deputy}
      onInput=${(event) => name(event.target.value)} /></label>
    <label><span class="note">${t("talk.deputy_on")}</span><select name="scope" value=${scope}
      onChange=${(event) => choose(event.target.value)}>${["one", "all"].map((each) => html`<option key=${each} value=${each}
      selected=${each === scope}>${t(`talk.deputy_on_${each}`)}</option>`)}</select></label>
    ${scope === "all" && html`<label><span class="note">${t("talk.deputy_until")}</span><input type="datetime-local"
      name="until" required value=${until} onInput=${(event) => end(event.target.value)} /></label>`}
    <div class="actions"><button type="submit">${t("talk.deputy_let")}</button>
      <span role="status" class="note">${said}</span></div></form></details>`;
}

// What the watch tells: that a coming change stands otherwise, since when, why, and what brought it about.
import { ask, useAsk } from "../ask.js";
import { Panel, useSome } from "../common.js";
import { html, useRef, useState } from "../dom.js";
import { useFollowing, useUntil } from "../following.js";
import { linked, placesOf } from "../links.js";
import { addressOf, changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { gap, number, t, time } from "../texts.js";
import { placesIn, shapeOf, verdictName } from "./change_words.js";

const SOON = 1500; // milliseconds until the watch has looked at what was written
const WISHES = ["AT_ONCE", "DAILY", "NEVER"];

// Below the verdict of a change: how it came to be another one. It goes on by itself, as the register does.
// `review`: as it stands on the page, which knows services by their names.
export function Watched({ changeId, review }) {
  const room = useRef(null);
  const asked = useAsk("change_watch", { changeId }, { alone: true });
  const change = asked.data?.change;
  const watch = change?.watch;
  useFollowing(asked, room);
  useUntil(asked, watch && watch.looked !== null && watch.looked < asked.data.revision, SOON);
  const news = watch?.news;
  return html`<div ref=${room} aria-live="polite">${news && html`<section class="news" aria-label=${t("watch.title")}>
    <p><${Mark} state=${shapeOf(news.verdict)} word=${verdictName(news.verdict)} /> <strong>${news.message}</strong>
      ${change.decision === "approved" && change.decidedAt && html`${gap()}${t("watch.approved", {
        at: time(change.decidedAt) })}`}${!news.still && html`${gap()}${t("watch.over")}`}</p>
    <${Causes} news=${news} own=${changeId} review=${review} />
  </section>`}</div>`;
}

function Causes({ news, own, review }) {
  const changes = placesOf([], news.causes.filter((each) => each.kind === "changes").map((each) => each.key), own);
  const places = new Map([...review ? placesIn(review, own) : [], ...changes]);
  const [because, more] = useSome(news.because, 3);
  return html`<dl class="facts">
    ${news.because.length > 0 && html`<dt>${t("watch.because")}</dt><dd><ul class="plain">
      ${because.map((each) => html`<li key=${each}>${linked(each, places)}</li>`)}</ul>${more}</dd>`}
    <dt>${t("watch.causes")}</dt><dd><ul class="plain">${news.causes.map((each) => html`<li key=${each.key}>
      ${each.kind === "ci" ? html`<a href=${addressOf(each.key)}>${each.message}</a>` : linked(each.message, places)}</li>`)}
      ${news.moreCauses > 0 && html`<li>${t("watch.more_causes", { count: news.moreCauses })}</li>`}
      ${!news.causes.length && html`<li>${t("watch.time")}</li>`}</ul></dd>
  </dl>`;
}

// On the page of all changes: those that stand otherwise, the newest first, and how one wishes mail of it.
export function News() {
  const room = useRef(null);
  const asked = useAsk("changes_news", {}, { alone: true });
  useFollowing(asked, room);
  const [shown, more] = useSome(asked.data?.changeNews ?? [], 5);
  if (!asked.data) return null;
  return html`<div ref=${room}><${Panel} title=${t("watch.title")} note=${number(asked.data.changeNews.length)} class="flush"
    actions=${html`<${Wish} wish=${asked.data.mailWish} />`}>
    ${!shown.length && html`<p class="note">${t("watch.none")}</p>`}
    <ul class="rows">${shown.map((each) => html`<li key=${each.changeId}><div class="line">
      <${Mark} state=${shapeOf(each.verdict)} word=${verdictName(each.verdict)} />
      <a href=${changeAddress(each.changeId)}><strong>${each.changeId}</strong></a> <span>${each.message}${!each.still && html`${gap()}${t("watch.over")}`}</span></div>
      <div class="note">${[...each.because.slice(0, 2), ...each.causes.slice(0, 2).map((cause) => cause.message)]
        .join(t("impact.comma"))}</div></li>`)}</ul>${more}
  <//></div>`;
}

function Wish({ wish }) {
  const [state, set] = useState({ wish });
  const choose = async (event) => {
    const mail = event.target.value;
    set({ wish: mail });
    try {
      const { chooseMail } = await ask("choose_mail", {
        mail,
        language: document.documentElement.lang.slice(0, 2).toUpperCase(), // letters are in that of the page
      });
      set(chooseMail.mail ? { wish: chooseMail.mail, said: t("watch.mail_kept") } : { wish, said: chooseMail.message });
    } catch (failure) {
      set({ wish, said: failure.message });
    }
  };
  return html`<label class="choosing"><span class="note">${t("watch.mail")}</span>
    <select value=${state.wish} onChange=${choose}>${WISHES.map((each) => html`<option key=${each} value=${each}
      selected=${each === state.wish}>${t(`watch.mail_${each.toLowerCase()}`)}</option>`)}</select></label>
    <span role="status" class="note">${state.said ?? ""}</span>`;
}

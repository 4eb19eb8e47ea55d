// In the head of every page: the revision that it rests on, whether there is a newer one, and why that is not known.
import { isPast, newestNow, renew, revisionNow, signIn, watchRevision } from "./ask.js";
import { html, useEffect, useRef, useState } from "./dom.js";
import { lineNow, watchLine } from "./live.js";
import { number, t } from "./texts.js";

function now(failure) {
  const isLost = failure?.status === 401;
  return { shown: revisionNow(), newest: newestNow(), isThen: isPast(), line: isLost ? "lost" : lineNow(), failure: isLost ? null : failure };
}

export function Revision() {
  const [{ shown, newest, isThen, line, failure }, set] = useState(now());
  const room = useRef(null);
  useEffect(() => {
    const ends = [watchRevision((failed) => set(now(failed))), watchLine(() => set(now()))];
    return () => ends.forEach((end) => end());
  }, []);
  const count = shown === null || isThen ? 0 : newest - shown;
  const show = () => {
    if (room.current.contains(document.activeElement)) room.current.focus(); // the button goes, its place does not
    renew();
  };
  return html`<div class="revision" ref=${room} tabindex="-1">
    <span>${shown === null ? "" : t(isThen ? "live.revision_then" : "pages.revision", { revision: number(shown) })}</span>
    <span class="line">${failure?.message ?? said(line)}${!failure && !line && count > 0 && html`<button type="button"
      class="link" onMouseDown=${(event) => event.preventDefault()} onClick=${show}>
      ${t("live.newer", { revision: newest, count })}</button>`}</span>
    <span class="unseen" role="status">${failure?.message ?? (line ? t(`live.line_${line}`) : count > 0 ? t("live.moved") : "")}
    </span>
  </div>`;
}

function said(line) {
  if (line !== "lost") return line && t(`live.line_${line}`);
  return html`${t("live.line_lost")} <a href=${signIn()} data-native>${t("live.sign_in")}</a>`;
}

// What was typed and not saved is not left without a word: inside the pages we ask, elsewhere the browser does.
import { html, useEffect, useRef, useState } from "../dom.js";
import { keepHere, letGo } from "../router.js";
import { t } from "../texts.js";

// `discard` is called before the page is left after all.
export function Leaving({ count, discard }) {
  const [go, hold] = useState(null);
  const dialog = useRef(null);
  useEffect(() => {
    if (!count) return undefined;
    const warn = (event) => event.preventDefault();
    const free = keepHere((leave) => {
      hold(() => leave);
      return false;
    });
    addEventListener("beforeunload", warn);
    return () => {
      free();
      removeEventListener("beforeunload", warn);
    };
  }, [count > 0]);
  useEffect(() => {
    if (go && !dialog.current.open) dialog.current.showModal();
  }, [go]);
  const stay = () => {
    dialog.current.close();
    hold(null);
  };
  const leave = () => {
    dialog.current.close();
    letGo();
    discard();
    go();
  };
  return html`<dialog ref=${dialog} aria-labelledby="leaving" onClose=${() => hold(null)}>
    <h2 id="leaving">${t("edit.leave", { count })}</h2>
    <p>${t("edit.leave_note")}</p>
    <p class="actions"><button type="button" class="primary" autofocus onClick=${stay}>${t("edit.stay")}</button>
      <button type="button" onClick=${leave}>${t("edit.discard")}</button></p>
  </dialog>`;
}

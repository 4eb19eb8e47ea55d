// An import that is being carried out: how far it is, and how to stop it.
import { ask } from "../ask.js";
import { html, useState } from "../dom.js";
import { t } from "../texts.js";

// `onStop`: how it is stopped where it has no run yet; `stops`: whether whoever reads it may.
export function Going({ run, progress, again = () => {}, onStop, stops = true }) {
  const [said, say] = useState(null);
  const { read, total, loaded } = progress;
  const stop = async () => {
    say(t("live.stopping"));
    if (!run) return onStop();
    try {
      const { cancelImport } = await ask("cancel_import", { run });
      if (cancelImport.message) say(cancelImport.message);
      again({ unseen: true });
    } catch (failure) {
      say(failure.message);
    }
  };
  const known = total !== null && total !== undefined;
  const words = known ? t("live.going_loaded", { loaded, total }) : read ? t("live.going_read", { read })
    : t("live.going_sent");
  return html`<div class="going">
    <progress max=${known ? Math.max(total, 1) : 1} value=${known ? loaded : undefined} aria-label=${words} />
    <span class="note number">${words}</span>
    ${stops && html`<button type="button" onClick=${stop}>${t("live.stop")}</button>`}
    <span class="note" role="status">${said}</span>
  </div>`;
}

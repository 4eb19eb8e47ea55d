// A change that is asked for: refused in words, or done.
import { ask } from "../ask.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { t } from "../texts.js";

// [run, waiting, refused]: `run(input)` gives what was done, or null where `refused` says why it was not.
export function useChange(name, field) {
  const [state, set] = useState({});
  const run = async (input) => {
    set({ waiting: true });
    try {
      const found = (await ask(name, { input }))[field];
      set(found.message ? { refused: found.message } : {});
      return found.message ? null : found;
    } catch (failure) {
      set({ refused: failure.message });
      return null;
    }
  };
  return [run, Boolean(state.waiting), state.refused];
}

export const Refusal = ({ children }) => html`<div role="alert" class="failed">${children}</div>`;

// What cannot be taken back is asked once more, in place; Escape goes back.
export function Sure({ label, question, sure, waiting, run }) {
  const [open, set] = useState(false);
  const first = useRef(null);
  const back = useRef(null);
  const was = useRef(false);
  useEffect(() => {
    if (open) first.current?.focus();
    else if (was.current) back.current?.focus();
    was.current = open;
  }, [open]);
  if (!open) return html`<button type="button" ref=${back} onClick=${() => set(true)}>${label}</button>`;
  const pressed = (event) => {
    if (event.key === "Escape") set(false);
  };
  return html`<span class="sure" role="group" aria-label=${question} onKeyDown=${pressed}>
    <span>${question}</span>
    <button type="button" ref=${first} onClick=${() => set(false)}>${t("admin.cancel")}</button>
    <button type="button" class="danger" disabled=${waiting} onClick=${async () => {
      if ((await run()) === false) set(false);
    }}>${sure}</button></span>`;
}

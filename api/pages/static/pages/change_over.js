// A change that was carried out: when, and what it was to write. Whether it may go ahead is judged no more: its edits
// are in the graph by now, and what was decided on is kept as evidence.
import { Sentence } from "../common.js";
import { html } from "../dom.js";
import { t } from "../texts.js";
import { statusName, windowOf } from "./change_words.js";

export const hasEnded = ({ status }) => ["implemented", "reviewed", "closed", "failed", "backed_out"].includes(status);

// given up or refused: nobody carries it out, so nobody asks whether it may go ahead
const isDropped = ({ status }) => ["cancelled", "rejected"].includes(status);

// Whether nobody is to decide on it any more; of an emergency that is so once it was decided afterwards.
export const isOver = (change) => isDropped(change) || (hasEnded(change) && Boolean(change.decision));

export function Over({ change, moved }) {
  const { status, actualStart, actualEnd } = change;
  return html`<${Sentence} moved=${moved} verdict=${statusName(status)} note=${t("rfc.over_note")}>
    ${isDropped(change) ? t("rfc.over_dropped") : actualStart && actualEnd ? t("rfc.over_said", { window: windowOf(actualStart, actualEnd) })
    : t("rfc.over_times")}<//>`;
}

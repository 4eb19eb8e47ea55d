// Ways to the form of a change.
import { useAsk } from "../ask.js";
import { html } from "../dom.js";
import { asked, editAddress } from "../router.js";
import { t } from "../texts.js";

const OPEN = ["draft", "submitted", "assessed", "approved", "scheduled"];
const useMay = () => useAsk("may").data?.me.may.includes("mutation.saveChange");

export function DraftLink({ ci = [], class: name = "" }) {
  return useMay() && html`<a class="button ${name}" href=${`/changes/new${asked({ ci })}`}>${t("draft.new")}</a>`;
}

export function EditLink({ change }) {
  const may = useMay();
  const isOpen = OPEN.includes(change.status ?? "draft") && !change.record.origin;
  return may && isOpen && html`<a class="button" href=${editAddress(change.changeId)}>${t("draft.edit")}</a>`;
}

import { Sentence } from "../common.js";
import { html, useEffect } from "../dom.js";
import { t } from "../texts.js";
import { Search } from "../search.js";
export function Page({ moved }) {
  const title = t("pages.place_home");
  useEffect(() => {
    document.title = `${title} · Faultline`;
  });
  return html`<${Sentence} moved=${moved}>${title}<//><${Search} large start />`;
}

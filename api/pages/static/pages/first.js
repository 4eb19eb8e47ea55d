// A register with nothing in it: the three ways to fill it.
import { Panel, Sentence } from "../common.js";
import { html } from "../dom.js";
import { t } from "../texts.js";

const WAYS = ["inventory", "compose", "kubernetes"];
const COMMANDS = {
  inventory: "faultline import inventory FOLDER",
  compose: "faultline import compose FOLDER",
  kubernetes: "faultline import kubernetes FOLDER --cluster NAME",
};

export function First({ moved, again }) {
  return html`
    <${Sentence} moved=${moved} note=${t("pages.first_note")}
      actions=${html`<button type="button" onClick=${again}>${t("pages.first_again")}</button>`}>${t("pages.first")}<//>
    <div class="stack">${WAYS.map((way) => html`<${Panel} key=${way} title=${t(`pages.first_${way}`)}>
      <p>${t(`pages.first_${way}_more`)}</p><pre><code>${COMMANDS[way]}</code></pre>
    <//>`)}
    <${Panel} title=${t("pages.first_example")}><p>${t("pages.first_example_more")}</p><pre><code>faultline demo</code></pre><//></div>`;
}

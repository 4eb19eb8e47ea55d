// A register with nothing in it: the three ways to fill it, and an example to look at.
import { ask } from "../ask.js";
import { Panel, Sentence } from "../common.js";
import { html, useState } from "../dom.js";
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
    <${Example} again=${again} /></div>`;
}

function Example({ again }) {
  const [state, set] = useState({});
  const load = async () => {
    set({ waiting: true });
    try {
      const { loadExample } = await ask("load_example");
      if (loadExample.message) set({ said: loadExample.message });
      else again();
    } catch (failure) {
      set({ said: failure.message });
    }
  };
  return html`<${Panel} title=${t("pages.first_example")}>
    <p>${t("pages.first_example_more")}</p>
    <p class="actions"><button type="button" class="primary" disabled=${state.waiting} onClick=${load}>
      ${t("pages.first_example_load")}</button>
      <span role="status" class="note">${state.waiting ? t("pages.first_example_loading") : state.said ?? ""}</span></p>
  <//>`;
}

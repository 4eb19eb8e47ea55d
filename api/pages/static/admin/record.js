// What was changed last about who may come in, and by whom.
import { useAsk } from "../ask.js";
import { Answered, Empty, Panel, useSome } from "../common.js";
import { html, useEffect } from "../dom.js";
import { t, time } from "../texts.js";
import { kindSaid, scopesSaid } from "./rights.js";

const MOST = 100;
const SOME = 10;

export function Record({ turn }) {
  const asked = useAsk("access_changes", { most: MOST });
  const [shown, more] = useSome(asked.data?.accessChanges ?? [], SOME);
  useEffect(() => {
    if (turn) asked.again();
  }, [turn]);
  return html`<${Panel} title=${t("admin.record")} class="flush"><${Answered} asked=${asked}>${() => (shown.length
    ? html`<ul class="rows">${shown.map((each, at) => html`<li key=${at}>
      <div class="line"><span class="number">${time(each.at)}</span><strong>${each.principal}</strong>
        <span>${t(`access.action_${each.action}`)}</span><span class="right note">${each.actor}</span></div>
      <div class="note">${detail(each).join(" · ")}</div></li>`)}</ul>${more}`
    : html`<${Empty}>${t("admin.record_none")}<//>`)}<//><//>`;
}

function detail({ token, detail: given }) {
  const scopes = given.scopes ? { ...given.scopes, ciClass: given.scopes.ci_class } : {};
  return [
    token,
    given.roles && t("admin.record_roles", { roles: given.roles.join(t("impact.comma")) }),
    ...scopesSaid(scopes).map(([kind, values]) => `${kindSaid(kind)} ${values}`),
    given.origins && t("admin.record_tools", { tools: given.origins.join(t("impact.comma")) }),
    given.expires_at && t("admin.record_until", { at: time(given.expires_at) }),
  ].filter(Boolean);
}

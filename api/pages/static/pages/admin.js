// Who may come in: principals with their roles, scopes and tokens; the first one; and why somebody may not see this.
import { Create } from "../admin/create.js";
import { Local } from "../admin/local.js";
import { Principal } from "../admin/principal.js";
import { Record } from "../admin/record.js";
import { scopesSaid } from "../admin/rights.js";
import { Secret, isSoon, isValid } from "../admin/tokens.js";
import { useAsk } from "../ask.js";
import { Answered, Empty, Panel, Sentence, useSome } from "../common.js";
import { html, useCallback, useEffect, useRef, useState } from "../dom.js";
import { gap, languageNow, number, t } from "../texts.js";

const SHOWN = 50;

let held = null; // what is shown once, while the page is drawn anew in another language

export function Page({ moved }) {
  const asked = useAsk("me");
  const [made, set] = useState(held); // {name, secret, session}: in no other place, and gone with the page
  const show = (found) => {
    held = found;
    set(found);
  };
  const me = asked.data?.me;
  useEffect(() => {
    document.title = `${t("admin.title")} · Faultline`;
  });
  useEffect(() => {
    // a page that is gone back to may be the one that was left, with all that stood in it
    const forget = () => show(null);
    const language = languageNow();
    addEventListener("pagehide", forget);
    return () => {
      removeEventListener("pagehide", forget);
      if (language === languageNow()) held = null;
    };
  }, []);
  if (!me) return html`<${Sentence} moved=${moved}>${asked.failure?.message ?? t("admin.reading")}<//>`;
  // who is not signed in yet begins by that
  const forget = () => (me.local ? location.assign("/admin") : show(null));
  const secret = made && html`<${Secret} made=${made} forget=${forget} />`;
  if (me.local && !made) {
    return html`<${Local} moved=${moved} me=${me} done=${(found) => {
      show(found);
      // where that fails the token stays on the page
      if (found.session) asked.again({ unseen: true });
    }} />`;
  }
  if (me.local) {
    return html`<${Sentence} moved=${moved} note=${!made.session && t("admin.no_session")}>
      ${t("admin.closed")}<//>${secret}`;
  }
  return me.may.includes("query.principals") ? html`<${Everybody} moved=${moved} me=${me} secret=${secret}
    show=${show} />` : html`<${Refused} moved=${moved} me=${me} />`;
}

// Why this is not shown; whoever may see what was changed is shown that.
function Refused({ moved, me }) {
  const note = me.scopes && scopesSaid(me.scopes).length ? t("admin.refused_scopes") : t("admin.refused_note");
  return html`<${Sentence} moved=${moved} note=${note}>
    ${t("admin.refused", { name: me.name, roles: me.roles.join(t("impact.comma")) })}<//>
    ${me.may.includes("query.accessChanges") && html`<${Record} turn=${0} />`}`;
}

function Everybody({ moved, me, secret, show }) {
  const asked = useAsk("principals");
  const [said, say] = useState("");
  const [turn, next] = useState(0);
  const status = useRef(null);
  const all = asked.data?.principals;
  const [shown, more] = useSome(all ?? [], SHOWN);
  const renew = useCallback(() => {
    asked.again();
    next((count) => count + 1);
  }, []);
  // what was done, where whoever did it goes on from
  const tell = (text) => {
    say(text);
    status.current?.focus({ preventScroll: true });
    renew();
  };
  const issued = (found) => {
    say("");
    show(found);
    renew();
  };
  return html`<${Opening} moved=${moved} all=${all} failure=${asked.failure} />
    <p role="status" class="done" tabindex="-1" ref=${status}>${said}</p>
    ${secret}
    <div class="columns"><div>
      <${Panel} title=${t("admin.principals")} note=${all && number(all.length)} class="flush">
        <${Answered} asked=${asked} lines=${6}>${() => (all.length
          ? html`<ul class="rows">${shown.map((each) => html`<${Principal} key=${each.id} one=${each} me=${me}
            tell=${tell} renew=${renew} issued=${issued} />`)}</ul>${more}`
          : html`<${Empty}>${t("admin.none")}<//>`)}<//>
      <//>
    </div><div><${Create} me=${me} done=${issued} /><${Record} turn=${turn} /></div></div>`;
}

function Opening({ moved, all, failure }) {
  if (!all) return html`<${Sentence} moved=${moved}>${failure?.message ?? t("admin.reading")}<//>`;
  const into = all.filter((each) => !each.disabled && (each.elsewhere || each.tokens.some(isValid)));
  const soon = into.flatMap((each) => each.tokens).filter(isSoon).length;
  const disabled = all.filter((each) => each.disabled).length;
  const without = all.length - into.length - disabled;
  const note = [disabled > 0 && t("admin.said_disabled", { count: disabled }),
    without > 0 && t("admin.said_without", { count: without })].filter(Boolean).join(gap());
  return html`<${Sentence} moved=${moved} tone=${soon ? "at_risk" : ""} note=${note}>
    ${t("admin.said", { count: into.length })}${gap()}
    ${soon ? html`<strong>${t("admin.said_soon", { count: soon })}</strong>` : t("admin.said_none_soon")}<//>`;
}

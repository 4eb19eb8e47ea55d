// Coming changes: which need whoever reads this, which are in each other's way, and all of them by their windows.
import { useAsk } from "../ask.js";
import { DraftLink } from "../changing/entry.js";
import { Answered, Empty, NotScoped, Panel, Sentence, isNotScoped, notYet, useSome } from "../common.js";
import { html, useEffect, useState } from "../dom.js";
import { linked, placesOf } from "../links.js";
import { useVerdicts } from "../schedule/verdicts.js";
import { day, gap, number, parts, t } from "../texts.js";
import { Coming } from "./change_filter.js";
import { Collision, Notes, Places, Table } from "./change_list.js";
import { News } from "./change_news.js";

export { Collision };

const AHEAD = 14 * 86_400_000; // milliseconds
const NIGHT = 12 * 3_600_000; // a night goes from noon to noon
const MINE = 200; // changes that are looked through for what needs somebody

export function Page({ query, moved }) {
  const [from] = useState(() => new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString());
  const to = new Date(Date.parse(from) + AHEAD).toISOString();
  const me = useAsk("may");
  const decides = me.data?.me.may.includes("mutation.decideChange");
  const mine = useAsk("changes_mine", { first: decides ? MINE : 1 }, { skip: !me.data });
  const conflicts = useAsk("change_conflicts", { from, to });
  useEffect(() => {
    document.title = `${t("pages.place_changes")} · Faultline`;
  });
  if (isNotScoped(conflicts.failure) || isNotScoped(mine.failure)) return html`<${NotScoped} moved=${moved} />`;
  const needing = decides ? mine.data?.changes.nodes.filter((each) => each.steps.some((step) => step.decides
    && step.allowed)) : [];
  return html`<${Places} at="list" />
    <${Opening} mine=${mine} needing=${needing} conflicts=${conflicts} decides=${decides} moved=${moved} />
    <div class="stack">
      ${needing?.length > 0 && html`<${Mine} changes=${needing} revision=${mine.data.revision} />`}
      <${News} />
      <${Collisions} asked=${conflicts} />
      <${Coming} query=${query} conflicts=${conflicts.data?.changeConflicts.conflicts ?? []} />
    </div>`;
}

// "4 of 31 coming changes need you; 1 night has a collision."
function Opening({ mine, needing, conflicts, decides, moved }) {
  const found = conflicts.data?.changeConflicts;
  const count = mine.data?.changes.totalCount;
  if (count === undefined || !found) {
    return html`<${Sentence} moved=${moved}>${notYet(mine.failure ? mine : conflicts)}<//>`;
  }
  const nights = new Set(found.conflicts.map((each) => day(Date.parse(each.from) - NIGHT))).size;
  const tonight = day(Date.now() - NIGHT);
  const worst = found.conflicts.filter((each) => day(Date.parse(each.from) - NIGHT) <= tonight
    && (!each.to || Date.parse(each.to) > Date.now())).sort((a, b) => (a.severity > b.severity ? 1 : -1))[0]; // block first
  const blocked = found.conflicts.some((each) => each.severity === "block");
  const notes = [!decides && t("rfc.decides_not"),
    decides && count > MINE && t("rfc.mine_first", { first: MINE }),
    t(found.complete ? "rfc.conflicts_complete" : "rfc.conflicts_incomplete", { k: found.k })].filter(Boolean);
  return html`<${Sentence} moved=${moved} tone=${blocked ? "outage" : nights ? "degraded" : ""}
    note=${notes.join(gap())} actions=${html`<${DraftLink} class="primary" />`}>
    ${!count ? t("rfc.said_none") : t("rfc.said_mine", { mine: needing.length, count })}${gap()}
    <strong>${nights ? t("rfc.said_nights", { nights }) : t("rfc.said_no_nights")}</strong>${worst && html`${gap()}${parts("rfc.said_tonight", {
      what: linked(worst.message, placesOf([...worst.cis, ...worst.services], worst.changes), { byId: true }) })}`}
  <//>`;
}

function Mine({ changes, revision }) {
  const [shown, more] = useSome(changes, 8);
  const verdicts = useVerdicts(shown.map((each) => each.changeId), revision);
  return html`<${Panel} title=${t("rfc.mine")} note=${number(changes.length)} class="flush">
    <${Table} changes=${shown} verdicts=${verdicts} />${more}<//>`;
}

function Collisions({ asked }) {
  const [shown, more] = useSome(asked.data?.changeConflicts.conflicts ?? [], 8);
  return html`<${Panel} title=${t("rfc.collisions")} note=${t("rfc.collisions_note")} class="flush">
    <${Answered} asked=${asked}>${({ changeConflicts: found }) => html`
      ${!found.conflicts.length && html`<${Empty}>${t("rfc.collisions_none")}<//>`}
      <ul class="rows collisions">${shown.map((each) => html`<${Collision} key=${each.id} conflict=${each} />`)}</ul>
      ${more}
      <${Notes} notes=${found.notes} />
      ${found.othersPossible && html`<p class="note">${t("rfc.others_possible", { k: found.k })}</p>`}
    `}<//>
  <//>`;
}

// When changes are: of a night, a week or a month, with the windows around them and whom they collide with.
import { useAsk } from "../ask.js";
import { Answered, Empty, NotScoped, Panel, Sentence, Skeleton, isNotScoped, notYet, useSome } from "../common.js";
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../dom.js";
import { asked as addressed } from "../router.js";
import { Mark } from "../states.js";
import { ZONE, gap, number, t } from "../texts.js";
import { Days } from "../schedule/days.js";
import { Feeds } from "../schedule/feed.js";
import { VIEWS, daysAfter, periodOf, stripsOf } from "../schedule/periods.js";
import { Strip } from "../schedule/strip.js";
import { Collision, Notes, Places, severitiesOf } from "./change_list.js";
import { shapeOf } from "./change_words.js";

const NARROW = 640; // pixels: below it the picture is a list
const NONE = [];

export function Page({ query, moved }) {
  const period = useMemo(() => periodOf(query), [query.toString()]);
  const asking = { from: new Date(period.from).toISOString(), to: new Date(period.to).toISOString() };
  const asked = useAsk("change_calendar", asking);
  const conflicts = useAsk("calendar_conflicts", asking);
  const found = conflicts.data?.changeConflicts.conflicts ?? NONE;
  const severities = useMemo(() => severitiesOf(found), [found]);
  useEffect(() => {
    document.title = `${t("schedule.calendar")} · Faultline`;
  });
  if (isNotScoped(asked.failure) || isNotScoped(conflicts.failure)) return html`<${NotScoped} moved=${moved} />`;
  return html`<${Places} at="calendar" />
    <${Opening} asked=${asked} conflicts=${conflicts} period=${period} moved=${moved} />
    <div class="stack">
      <${Panel} title=${titleOf(period)} note=${ZONE} class="calendar" actions=${html`<${Moves} period=${period} />`}>
        <${Answered} asked=${asked} tall>${({ changeCalendar }) => html`<${Drawn} period=${period} found=${changeCalendar}
          severities=${severities} />`}<//>
      <//>
      <${Clashes} asked=${conflicts} />
      <${Feeds} />
    </div>`;
}

function titleOf({ view, first, after }) {
  if (view === "month") return first.slice(0, 7);
  return t(`schedule.title_${view}`, { first, last: view === "night" ? after : daysAfter(after, -1) });
}

function Opening({ asked, conflicts, period, moved }) {
  const found = asked.data?.changeCalendar;
  const clashes = conflicts.data?.changeConflicts;
  if (!found) return html`<${Sentence} moved=${moved}>${notYet(asked)}<//>`;
  const blackouts = found.bands.filter((each) => each.kind === "blackout").length;
  const blocked = clashes?.conflicts.some((each) => each.severity === "block");
  const notes = [clashes && t(clashes.complete ? "rfc.conflicts_complete" : "rfc.conflicts_incomplete", { k: clashes.k }),
    found.totalCount > found.changes.length && t("schedule.first_changes", { shown: found.changes.length,
      count: found.totalCount }),
    found.bandCount > found.bands.length && t("schedule.first_bands", { shown: found.bands.length,
      count: found.bandCount })].filter(Boolean);
  return html`<${Sentence} moved=${moved} tone=${blocked ? "outage" : clashes?.conflicts.length ? "degraded" : ""}
    note=${notes.join(gap())}>${t("schedule.said", { count: found.totalCount, period: titleOf(period) })}${gap()}
    <strong>${!clashes ? t(conflicts.failure ? "live.unanswered" : "live.asking") : clashes.conflicts.length
      ? t("schedule.said_collisions", { count: clashes.conflicts.length }) : t("schedule.said_no_collisions")}</strong>
    ${blackouts > 0 && html`${gap()}${t("schedule.said_blackouts", { count: blackouts })}`}<//>`;
}

function Moves({ period }) {
  const to = (more) => `/changes/calendar${addressed({ view: period.view, from: period.first, ...more })}`;
  return html`<nav class="moves" aria-label=${t("schedule.moves")}>
    ${VIEWS.map((view) => html`<a key=${view} class="button" aria-current=${view === period.view ? "true" : undefined}
      href=${to({ view })}>${t(`schedule.view_${view}`)}</a>`)}
    <a class="button" href=${to({ from: period.before })}>${t("schedule.before")}</a>
    <a class="button" href=${to({ from: period.today })}>${t("schedule.today")}</a>
    <a class="button" href=${to({ from: period.after })}>${t("schedule.after")}</a></nav>`;
}

function Drawn({ period, found, severities }) {
  const [width, measure] = useState(0);
  const room = useRef(null);
  useLayoutEffect(() => {
    const watching = new ResizeObserver(([entry]) => measure(entry.contentRect.width));
    watching.observe(room.current);
    return () => watching.disconnect();
  }, []);
  const strips = useMemo(() => stripsOf(period), [period]);
  const given = { changes: found.changes, bands: found.bands, severities };
  const isNothing = !found.changes.length && !found.bands.length;
  return html`<div ref=${room} data-painted=${width > 0 ? "" : undefined}>
    ${!width && html`<${Skeleton} tall lines=${6} />`}
    ${width > 0 && width < NARROW && html`<${Days} period=${period} ...${given} />`}
    ${width >= NARROW && html`${isNothing && html`<${Empty}>${t("schedule.nothing")}<//>`}
      ${strips.map((strip) => html`<${Strip} key=${strip.from} strip=${strip} view=${period.view} ...${given}
        label=${t("schedule.bars", { first: strip.days?.[0] ?? period.first })} />`)}
      <${Key} />`}
    <${Notes} notes=${found.notes} />
  </div>`;
}

function Key() {
  return html`<p class="legend key">${["draft", "plain", "over"].map((kind) => html`<span key=${kind}
      class="key-of ${kind}"><i />${t(`schedule.key_${kind}`)}</span>`)}
    ${["block", "review"].map((each) => html`<${Mark} key=${each} state=${shapeOf(each)}
      word=${t(`schedule.collides_${each}`)} />`)}</p>
    <p class="note keys">${t("schedule.keys")}</p>`;
}

function Clashes({ asked }) {
  const [shown, more] = useSome(asked.data?.changeConflicts.conflicts ?? NONE, 12);
  return html`<${Panel} title=${t("rfc.collisions")} note=${asked.data
    && number(asked.data.changeConflicts.conflicts.length)} class="flush">
    <${Answered} asked=${asked}>${({ changeConflicts: found }) => html`
      ${!found.conflicts.length && html`<${Empty}>${t("schedule.collisions_none")}<//>`}
      <ul class="rows">${shown.map((each) => html`<${Collision} key=${each.id} conflict=${{ cis: NONE, services: NONE,
        ...each }} />`)}</ul>${more}
      <${Notes} notes=${found.notes} />
      ${found.othersPossible && html`<p class="note">${t("rfc.others_possible", { k: found.k })}</p>`}`}<//>
  <//>`;
}

// The same as a list by day, where there is no room for a picture.
import { Empty, useSome } from "../common.js";
import { html } from "../dom.js";
import { changeAddress } from "../router.js";
import { Mark } from "../states.js";
import { day, number, t } from "../texts.js";
import { shapeOf, statusName, windowOf } from "../pages/change_words.js";
import { weekday } from "./periods.js";
import { bandName } from "./strip.js";

// what began before the period is under its first day
export function Days({ period, changes, bands, severities }) {
  const first = day(period.from);
  const under = (each) => (day(each.from) < first ? first : day(each.from));
  const days = [...new Set([...changes, ...bands].map(under))].sort();
  if (!days.length) return html`<${Empty}>${t("schedule.nothing")}<//>`;
  return html`<div class="days">${days.map((each) => html`<${Day} key=${each} name=${each} severities=${severities}
    changes=${changes.filter((one) => under(one) === each)} bands=${bands.filter((one) => under(one) === each)} />`)}</div>`;
}

function Day({ name, changes, bands, severities }) {
  const [shown, more] = useSome(changes, 12);
  return html`<section><h3>${name} ${weekday(name)} <span class="note">${number(changes.length)}</span></h3>
    ${bands.map((band) => html`<p key="${band.windowIds[0]} ${band.from}" class="note">${bandName(band)}
      <span class="number"> ${windowOf(band.from, band.to)}</span></p>`)}
    <ul class="rows">${shown.map((each) => html`<li key=${each.changeId}>
      <div class="line"><a href=${changeAddress(each.changeId)}><strong>${each.title || each.changeId}</strong></a>
        <span class="right note">${statusName(each.status)}</span></div>
      <div class="line"><span class="number">${windowOf(each.from, each.to)}</span><span class="id">${each.changeId}</span>
        ${severities.has(each.changeId) && html`<${Mark} state=${shapeOf(severities.get(each.changeId))}
          word=${t("rfc.collides")} />`}</div></li>`)}</ul>${more}</section>`;
}

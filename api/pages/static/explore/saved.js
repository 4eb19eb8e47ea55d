// Views that somebody has named, kept in this browser; as a file they go to another one.
import { download } from "./files.js";

const KEY = "faultline.views";
const MOST = 200;
const LONGEST = 8000; // characters of an address

// `page`: those of one page, and of the pages below it.
export function savedViews(page = "/") {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return Object.fromEntries(Object.entries(found).filter(([name, address]) => isView(name, address)
      && address.startsWith(page)));
  } catch {
    return {}; // nothing is kept where the browser does not let us, or somebody wrote something else there
  }
}

// Only addresses of pages that are views: a file from elsewhere must not lead anywhere else.
const isView = (name, address) =>
  name.length > 0 && name.length <= 80 && typeof address === "string" && address.length <= LONGEST
    && /^\/(explore|changes|changes\/calendar|changes\/agenda)(\?[^\s#]*)?$/.test(address);

function keep(views) {
  const some = Object.fromEntries(Object.entries(views).slice(-MOST));
  localStorage.setItem(KEY, JSON.stringify(some));
  return some;
}

export const saveView = (name, address) => keep({ ...savedViews(), [name.trim().slice(0, 80)]: address });

export function forgetView(name) {
  const { [name]: _, ...others } = savedViews();
  return keep(others);
}

export const exportViews = () => download("faultline-views.json", JSON.stringify(savedViews(), null, 2),
  "application/json");

// Adds those of a file; gives how many there were.
export async function importViews(file) {
  const found = JSON.parse(await file.text());
  const good = Object.entries(found ?? {}).filter(([name, address]) => isView(name, address));
  keep({ ...savedViews(), ...Object.fromEntries(good) });
  return good.length;
}

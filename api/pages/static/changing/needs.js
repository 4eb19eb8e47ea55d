// What the life cycle and requirements need of a change, as its form calls it.
import { parts, t } from "../texts.js";
import { recordField } from "../words.js";

export const OPEN = "open_questions"; // where the life cycle says so, nobody approves before they are answered

// A part of a paper that is a table, as `assessment.risk`; one that has no words of its own names itself.
export function partName(field, part) {
  const key = field === "assessment" ? `draft.assessment_${part}` : `draft.implementation_plan_${part}`;
  const said = parts(key).join("");
  return said === key ? part : said;
}

// `a|b` is one of both, `a.b` a part of a table.
export const needName = (text) => text.split("|").map((one) => {
  if (one === OPEN) return t("talk.open_questions");
  const [field, part] = one.split(".");
  return part ? t("compliance.part", { name: recordField("changes", field), part: partName(field, part) })
    : recordField("changes", field);
}).join(" / ");

"""What manifests do, in words."""

from collections.abc import Mapping
from typing import Any

from api.texts import Texts
from graph.errors import Message


def manifest_lines(made: Mapping[str, Any], say: Texts) -> list[str]:
    """What they do as sentences: everything counted, parts that could not be used, then CI by CI, the worst first."""
    lines = [say(f"manifests.compared_{made['compared_with']}", **made["happenings"], **made["relationships"])]
    if made["open"] or made["no_ci"]:
        lines.append(say("manifests.open", open=made["open"], no_ci=made["no_ci"]))
    if made["kept"]:
        lines.append(say("manifests.kept", count=made["kept"]))
    lines += [_part(each, say) for each in made["parts"]]
    return [*lines, *(_happening(each, say) for each in made["cis"])]


def _part(each: Mapping[str, Any], say: Texts) -> str:
    if "key" not in each:
        return say("manifests.part_unknown", name=each["name"])
    return say("manifests.part_refused", name=each["name"], reason=say.say(Message(each["key"], each["params"])))


def _happening(each: Mapping[str, Any], say: Texts) -> str:
    what = say(f"manifests.happens_{each['happens']}")
    if each["fields"]:
        what = say("manifests.fields", what=what, fields=say("impact.comma").join(each["fields"]))
    if each["effect"] is None:
        return say("manifests.ci_without", ci_id=each["ci_id"], what=what)
    return say("manifests.ci", ci_id=each["ci_id"], what=what, effect=say(f"impact.effect_{each['effect']}"))

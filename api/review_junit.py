"""A review as JUnit XML, for where a pipeline shows test results: a test case for the verdict and for each reason."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from api.review_words import ReviewWords
from api.texts import Texts
from graph.risk.model import SEVERITIES

NAME = "faultline.review"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def as_junit(answer: Mapping[str, Any], title: str, say: Texts, fail_on: str | None) -> str:
    """The file: what is `block` fails, and with `fail_on` what is that or worse."""
    words, least = ReviewWords(say), SEVERITIES.index(fail_on or SEVERITIES[-1])
    cases = [("verdict", answer["verdict"], words.title(answer, title))]
    cases += [(_named(reason), reason["severity"], words.reason(reason)) for reason in answer["reasons"]]
    failing = [SEVERITIES.index(severity) >= least for _, severity, _ in cases]
    counts = {"tests": str(len(cases)), "failures": str(sum(failing)), "errors": "0", "skipped": "0"}
    suites = Element("testsuites", {"name": NAME, **counts})
    suite = SubElement(suites, "testsuite", {"name": _plain(f"{NAME} {answer['change']}"), **counts})
    properties = SubElement(suite, "properties")
    for name in ("verdict", "score", "revision", "evidence_hash"):
        SubElement(properties, "property", {"name": name, "value": _plain(str(answer[name]))})
    if (aged := words.asked(answer)) is not None:
        SubElement(properties, "property", {"name": "snapshot_of", "value": _plain(answer["snapshot"]["of"])})
        SubElement(properties, "property", {"name": "snapshot", "value": _plain(aged)})
    for (name, severity, text), fails in zip(cases, failing, strict=True):
        case = SubElement(suite, "testcase", {"classname": NAME, "name": _plain(name), "time": "0"})
        if fails:
            SubElement(case, "failure", {"type": severity, "message": _plain(text)}).text = _plain(text)
        else:
            SubElement(case, "system-out").text = _plain(text)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode")


def _named(reason: Mapping[str, Any]) -> str:
    params = ", ".join(str(value) for value in reason["params"].values() if value is not None)
    return f"{reason['key']}: {params}" if params else str(reason["key"])


def _plain(text: str) -> str:
    return _NOT_XML.sub("�", text)

"""The page on limits names every setting of the server with its default, every metric and every key, and no others."""

import re
from pathlib import Path
from typing import Any

from api.server.metrics import Metrics
from api.server.settings import ServerSettings
from api.texts import Texts
from tests.environment import Noting

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
NAMED = {"OTEL_EXPORTER_OTLP_ENDPOINT": "telemetry"}
OTHERS = {"process", "python"}


def rows(begin: str) -> dict[str, list[str]]:
    """The cells of the rows whose first one is such a name."""
    found = re.findall(rf"^\| `({begin}\w+)` \|(.*)\|$", PAGE, re.MULTILINE)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def test_every_setting_is_there_with_its_default() -> None:
    environment = Noting({})
    own = ServerSettings.from_environment(environment)
    settings = {name: cells[0] for name, cells in (rows("FAULTLINE_") | rows("OTEL_")).items()}

    assert settings.keys() == environment.asked
    for name, shown in settings.items():
        field = NAMED.get(name, name.removeprefix("FAULTLINE_").removeprefix("LIMIT_").lower())
        places: tuple[Any, ...] = (own, own.document, own.request)
        (default,) = (getattr(each, field) for each in places if hasattr(each, field))
        plain = int(default) if isinstance(default, bool) else default
        assert shown == ("" if plain is None else f"`{plain}`"), name


def test_every_metric_is_there_with_its_labels() -> None:
    found = {}
    for each in Metrics().registry._collector_to_names:
        for family in getattr(each, "describe", each.collect)():
            suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
            found[family.name + suffix] = set(getattr(each, "_labelnames", ()))
    shown = {name: set(re.findall(r"`(\w+)`", cells[0])) for name, cells in rows("faultline_").items()}
    infos = {name for name in found if name.endswith("_info")}

    assert shown.keys() == {name for name in found if name.split("_")[0] not in OTHERS}
    assert {name: labels for name, labels in shown.items() if name not in infos} == {
        name: labels for name, labels in found.items() if name in shown.keys() - infos
    }


def test_every_key_is_one_that_has_words_and_every_key_of_limits_is_there() -> None:
    named = set(re.findall(r"`((?:limits|server|storage)\.\w+)`", PAGE))
    words = Texts("en").all.keys()
    at_the_start = {
        "limits.setting",
        "limits.choice",
        "limits.no_documents",
        "limits.no_telemetry",
    }  # of settings, not of requests
    for_nobody = {"limits.gone"}

    assert named <= words
    assert {key for key in words if key.startswith("limits.")} - at_the_start - for_nobody == {
        key for key in named if key.startswith("limits.")
    }

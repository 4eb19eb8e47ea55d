"""What can be set for the server: each setting by its variable, and no value that cannot be used."""

from dataclasses import fields

import pytest

from api.schema.limits import Limits
from api.server.settings import PREFIX, RequestLimits, ServerSettings
from graph.errors import BadInputError

NAMES = [PREFIX + each.name.upper() for kind in (Limits, RequestLimits) for each in fields(kind)]


def test_without_variables_it_is_the_defaults() -> None:
    assert ServerSettings.from_environment({}) == ServerSettings()


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_is_what_its_variable_says(name: str) -> None:
    found = ServerSettings.from_environment({name: " 7 "})

    field = name.removeprefix(PREFIX).lower()
    assert [getattr(part, field) for part in (found.document, found.request) if hasattr(part, field)] == [7]


@pytest.mark.parametrize("value", ["0", "-1", "many", "nan", "inf", "1e400", "0x10", "9" * 5_000])
@pytest.mark.parametrize("name", [PREFIX + "COST", PREFIX + "QUERY_SECONDS", "FAULTLINE_READY_LAG"])
def test_what_is_no_limit_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(BadInputError) as refused:
        ServerSettings.from_environment({name: value})

    assert (refused.value.message.key, refused.value.message.params["name"]) == ("limits.setting", name)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("FAULTLINE_LOG", "xml"), ("FAULTLINE_LOG_LEVEL", "all"), ("FAULTLINE_TRUSTED_ONLY", "yes"),
     ("FAULTLINE_METRICS_OPEN", "2")],
)  # fmt: skip
def test_what_is_chosen_is_one_of_the_choices(name: str, wrong: str) -> None:
    with pytest.raises(BadInputError) as refused:
        ServerSettings.from_environment({name: wrong})

    assert (refused.value.message.key, refused.value.message.params["name"]) == ("limits.choice", name)


def test_the_other_settings_are_what_their_variables_say() -> None:
    found = ServerSettings.from_environment(
        {"FAULTLINE_LOG": "JSON", "FAULTLINE_LOG_LEVEL": "warning", "FAULTLINE_METRICS_OPEN": "1",
         "FAULTLINE_TRUSTED_ONLY": "1", "FAULTLINE_TRUSTED_DOCUMENTS": "/d", "FAULTLINE_DRAIN_SECONDS": "0",
         "FAULTLINE_READY_LAG": "9"}
    )  # fmt: skip

    assert (found.log, found.log_level, found.metrics_open, found.trusted_only) == ("json", "warning", True, True)
    assert (str(found.trusted_documents), found.drain_seconds, found.ready_lag) == ("/d", 0, 9)

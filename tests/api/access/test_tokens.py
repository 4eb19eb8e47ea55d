"""What is kept of a token opens nothing, and what is kept of it elsewhere is guarded."""

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from api.access.roles import roles
from api.access.tokens import SESSION, TOKEN, code_of, new_secret, parts_of, pepper_of
from graph.errors import BadInputError
from graph.settings import Settings


def test_a_token_is_an_id_and_a_secret_of_256_bits_that_never_come_twice() -> None:
    made = [new_secret(TOKEN) for _ in range(1_000)]

    assert len({name for name, _ in made}) == len({secret for _, secret in made}) == 1_000
    for name, secret in made:
        assert parts_of(f"{name}.{secret}", TOKEN) == (name, secret)
        assert parts_of(f"{name}.{secret}", SESSION) is None


SECRET = "a" * 43


@pytest.mark.parametrize(
    "text",
    ["", ".", "flt", "flt0123456789abcdef.", f".{SECRET}", f"flt0123456789abcdef.{SECRET[1:]}", "a" * 100_000,
     f"flt0123456789abcdef.{SECRET}a", f"flt0123456789ABCDEF.{SECRET}", f"flt0123456789abcdef.{SECRET}\n",
     f"flt٠123456789abcdef.{SECRET}", f"flx0123456789abcdef.{SECRET}"],
)  # fmt: skip
def test_what_was_never_a_token_is_known_without_looking_it_up(text: str) -> None:
    assert parts_of(text, TOKEN) is None


def test_a_code_is_of_one_pepper_one_id_and_one_secret() -> None:
    code = code_of(b"pepper", "flt1", "secret")

    assert re.fullmatch("[0-9a-f]{64}", code)
    assert code == code_of(b"pepper", "flt1", "secret")
    others = (
        code_of(b"other", "flt1", "secret"),
        code_of(b"pepper", "flt2", "secret"),
        code_of(b"pepper", "flt1", "x"),
    )
    assert code not in others


def test_the_pepper_is_made_once_for_its_user_only(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    first = pepper_of(settings)

    assert pepper_of(settings) == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "pepper").stat().st_mode) == 0o600
    assert pepper_of(Settings(tmp_path / "other")) != first


def test_a_pepper_may_be_given_and_must_be_one(tmp_path: Path) -> None:
    file = tmp_path / "pepper"
    settings = replace(Settings(tmp_path), token_pepper_file=file)
    with pytest.raises(BadInputError, match=r"server\.token_file"):
        pepper_of(settings)
    file.write_text("short")
    with pytest.raises(BadInputError, match=r"server\.token_short"):
        pepper_of(settings)
    file.write_text("p" * 24 + "\n")

    assert pepper_of(settings) == b"p" * 24
    assert Settings.from_environment({"FAULTLINE_TOKEN_PEPPER_FILE": str(file)}).token_pepper_file == file


def test_roles_hold_those_below_them() -> None:
    below = roles().below

    assert below["viewer"] == {"viewer"}
    assert below["importer"] == {"importer", "viewer"}
    assert below["approver"] == {"approver", "reviewer", "requester", "viewer"}
    assert below["auditor"] == {"auditor", "viewer"}
    assert below["admin"] == below.keys()
    assert roles().held(["nobody", "importer"]) == {"importer", "viewer"}

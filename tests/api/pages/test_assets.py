"""What a browser gets: libraries as their packages hold them, texts, queries that the schema can answer."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from api.pages.assets import FIRST, load_assets, load_queries
from api.pages.routes import LIBRARIES as ALWAYS
from api.schema.limits import Limits, check
from api.schema.sdl import published
from api.texts import LANGUAGES
from tests.api.web import Web, over_store

STATIC = Path(__file__).parents[3] / "api" / "pages" / "static"
LIBRARIES = tomllib.loads((STATIC / "vendor" / "manifest.toml").read_text(encoding="utf-8"))["library"]
FREE = {"MIT", "Apache-2.0", "BSD-3-Clause", "ISC"}
OURS = [file for file in sorted(STATIC.rglob("*.js")) if "vendor" not in file.parts]


@pytest.fixture(scope="module")
def web() -> Web:
    """The server over a store that is at revision 7."""

    class StoreOfSeven:
        def revision(self) -> int:
            return 7

    return over_store(StoreOfSeven())


def test_each_library_is_pinned_by_its_hash_and_free_with_its_licences_beside_it() -> None:
    for library in LIBRARIES:
        body = (STATIC / "vendor" / library["file"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == library["sha256"], library["file"]
        assert set(re.split(" AND ", library["licence"])) <= FREE
        assert all((STATIC / "vendor" / name).stat().st_size > 500 for name in library["licences"])
    known = {name for each in LIBRARIES for name in (each["file"], *each["licences"])} | {"manifest.toml"}
    assert {file.name for file in (STATIC / "vendor").iterdir()} == known
    assert set(ALWAYS) <= {f"vendor/{each['file']}" for each in LIBRARIES}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The published one."""
    return build_schema(published())


@pytest.mark.parametrize("name", sorted(load_queries()))
def test_what_pages_ask_is_answered_by_the_schema_and_asks_for_no_more_than_anyone_may(
    name: str, schema: GraphQLSchema
) -> None:
    text = load_queries()[name]
    document = check(text, {"first": 100, "most": 100}, Limits())

    assert document is not None
    assert [error.message for error in validate(schema, parse(text))] == []


def test_no_module_of_ours_writes_markup_or_runs_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org|graphml\.graphdrawing\.org/xmlns)"
    )

    assert [file.name for file in OURS if forbidden.search(file.read_text(encoding="utf-8"))] == []


# classes that two sheets style as yet: no further one may join them
TWICE = {".chips", ".link"}


def test_no_bare_class_is_styled_in_two_sheets() -> None:
    bare = re.compile(r"^(\.[\w-]+) \{", re.MULTILINE)
    sheets: dict[str, set[str]] = {}
    for file in sorted((STATIC / "style").glob("*.css")):
        for name in bare.findall(file.read_text(encoding="utf-8")):
            sheets.setdefault(name, set()).add(file.name)

    assert {name for name, files in sheets.items() if len(files) > 1} == TWICE


def test_every_module_that_is_imported_is_there() -> None:
    imported = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")
    missing = [
        (file.name, name)
        for file in OURS
        for name in imported.findall(file.read_text(encoding="utf-8"))
        if not (file.parent / name).is_file()
    ]

    assert missing == []
    assert FIRST in load_assets().modules


def test_what_is_served_under_its_hash_may_be_kept_for_ever_and_what_is_not_is_asked_for_again(web: Web) -> None:
    kept = web.get(load_assets().address("app.js"))
    other = web.get("/static/0123456789abcdef/app.js")
    again = web.get("/static/0123456789abcdef/app.js", headers={"If-None-Match": kept.headers["etag"]})

    assert (kept.status_code, other.status_code, again.status_code) == (200, 200, 304)
    assert "immutable" in kept.headers["cache-control"]
    assert other.headers["cache-control"] == again.headers["cache-control"] == "no-cache"
    assert kept.headers["content-type"].startswith("text/javascript")
    assert kept.content == (STATIC / "app.js").read_bytes()


@pytest.mark.parametrize(
    "name", ["..%2froutes.py", "%2e%2e%2froutes.py", "nothing.js", "", "vendor", "app.js/", "/etc/passwd"]
)
def test_nothing_else_is_served(name: str, web: Web) -> None:
    assert web.get(f"/static/{load_assets().digest}/{name}").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_of_a_language_are_one_file(language: str, web: Web) -> None:
    found = web.get(load_assets().address(f"texts/{language}.json")).json()

    assert {key.partition(".")[0] for key in found} >= {"pages", "impact"}

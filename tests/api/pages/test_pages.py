"""Pages are one shell at many addresses, in the language and theme chosen, and let nothing in from elsewhere."""

import re

import pytest

from api.pages.routes import POLICY
from graph.settings import Settings
from tests.api.web import Web, over_store

PLACES = (
    "/",
    "/ci/db-1",
    "/ci/compose:shop/volume/data",
    "/explore",
    "/changes",
    "/changes/CHG-1",
    "/changes/tool%2F1",
    "/imports",
    "/questions",
    "/questions/spof",
    "/kpi",
    "/admin",
)
QUESTION = '{ impact(seeds: [{ciId: "a"}, {ciId: "a", effect: RETIRE}]) { ... on InvalidInput { message } } }'
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class StoreOfSeven:
    """A store that is at revision 7."""

    def revision(self) -> int:
        return 7


@pytest.fixture(scope="module")
def web() -> Web:
    """The server over it."""
    return over_store(StoreOfSeven())


@pytest.mark.parametrize("path", PLACES)
def test_each_place_is_the_shell_which_loads_only_from_where_it_came(path: str, web: Web) -> None:
    page = web.get(path, headers=BROWSER)

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in POLICY
    assert "<style" not in page.text
    assert " style=" not in page.text
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert scripts
    assert [each for each in scripts if 'src="/static/' not in each] == []


def test_nothing_of_the_address_stands_in_the_page(web: Web) -> None:
    assert web.get("/ci/%3Cscript%3Ealert(1)%3C/script%3E").text == web.get("/ci/a").text


def test_where_nothing_is_a_browser_gets_a_page_that_says_so(web: Web) -> None:
    page, word = web.get("/nothing", headers=BROWSER), web.get("/nothing")

    assert (page.status_code, word.status_code) == (404, 404)
    assert page.text == web.get("/").text
    assert word.json()["errors"][0]["extensions"]["key"] == "server.not_found"


def test_language_and_theme_are_those_chosen_last_if_there_are_such(web: Web) -> None:
    plain = web.get("/").text
    chosen = web.get("/", headers={"Cookie": "language=zh; theme=dark"}).text
    wrong = web.get("/", headers={"Cookie": 'language="><script>; theme=neon'}).text

    assert '<html lang="en" data-theme=""' in plain
    assert '<html lang="zh" data-theme="dark"' in chosen
    assert wrong == plain


@pytest.mark.parametrize(("page", "token"), [("/", None), ("/sign-in", "t" * 32)])
def test_a_first_visit_is_in_what_the_browser_says_unless_the_server_was_told(page: str, token: str | None) -> None:
    def seen(cookie: str = "", accepted: str = "", **variables: str) -> str:
        settings = Settings.from_environment({"FAULTLINE_DATA_DIR": "/nowhere", **variables})
        given = {"Accept-Language": accepted, "Cookie": cookie, **BROWSER}
        answer = over_store(StoreOfSeven(), token, settings=settings).get(page, headers=given)
        assert answer.status_code == 200
        found = re.search('<html lang="(zh|en)', answer.text)
        assert found is not None
        return found[1]

    chinese, english = ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hant-TW", "fr, zh;q=0.2"), ("en-GB,zh;q=0.5", "fr", "")
    assert {seen(accepted=each) for each in chinese} == {"zh"}
    assert {seen(accepted=each) for each in english} == {"en"}
    assert [seen(accepted=each, LANG="zh_CN.UTF-8") for each in ("en-US", "fr", "zh;q=0")] == ["en", "zh", "zh"]
    assert seen(accepted="en", FAULTLINE_LANG="zh") == "zh"
    assert seen(accepted="zh", FAULTLINE_LANG="en") == "en"
    assert seen("language=en", "zh", FAULTLINE_LANG="zh") == "en"
    assert seen("language=xx", "zh") == "zh"


def test_graphql_is_a_page_to_a_browser_and_an_answer_to_a_program(web: Web) -> None:
    assert web.get("/graphql", headers=BROWSER).headers["content-type"].startswith("text/html")
    for accept in ("*/*", "application/json", "application/graphql-response+json, text/html;q=0.1"):
        assert web.get("/graphql?query={revision}", headers={"Accept": accept}).json() == {"data": {"revision": 7}}
    assert web.post("/graphql", headers=BROWSER, json={"query": "{revision}"}).json() == {"data": {"revision": 7}}


@pytest.mark.parametrize(
    ("accepted", "message"),
    [("zh-CN,zh;q=0.9,en;q=0.1", "a 被给出两种影响方式"), ("fr, en;q=0.5, zh;q=0.1", "a is given two effects"),
     ("", "a is given two effects"), ("zh;q=0", "a is given two effects"),
     ("zh;q=bad,*", "a 被给出两种影响方式"), ("," * 500, "a is given two effects")],
)  # fmt: skip
def test_messages_are_in_the_language_that_the_request_asks_for(accepted: str, message: str, web: Web) -> None:
    answer = web.post("/graphql", headers={"Accept-Language": accepted}, json={"query": QUESTION})

    assert answer.json() == {"data": {"impact": {"message": message}}}

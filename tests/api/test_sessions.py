"""Sessions for pages: begun with a token, ended at will, and worth nothing to a page of somebody else."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.access.changes import change_principal, revoke_token
from api.server.sessions import own_path
from tests.api.access.in_memory import HOME, Door, bearer
from tests.api.web import Web

ASKED = {"query": "{ revision }"}
FORM = "application/x-www-form-urlencoded"
OURS = {"Origin": HOME, "X-Faultline": "1"}


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def signed_in(door: Door, text: str, home: str = HOME) -> str:
    """The cookie of a session."""
    answer = Web(door.web.app, home).post("/session", headers=bearer(text))
    assert answer.status_code == 204, answer.text
    return answer.headers["set-cookie"].partition(";")[0]


def asked(door: Door, cookie: str, **headers: str) -> int:
    return door.web.post("/graphql", json=ASKED, headers={"Cookie": cookie, **headers}).status_code


def test_a_token_begins_a_session_whose_cookie_only_our_pages_can_use(door: Door) -> None:
    answer = door.web.post("/session", headers=bearer(door.token("viewer")))
    cookie, *attributes = re.split("; ?", answer.headers["set-cookie"])

    assert {each.lower() for each in attributes} == {"httponly", "max-age=43200", "path=/", "samesite=strict", "secure"}
    proofs: list[tuple[int, dict[str, str]]] = [
        (200, OURS),
        (200, {"Sec-Fetch-Site": "same-origin", "X-Faultline": "1"}),
        (401, {"Origin": HOME}),
        (401, {"X-Faultline": "1"}),
        (401, {**OURS, "Origin": "http://evil.example"}),
        (401, {**OURS, "Origin": "null"}),
        (401, {**OURS, "Origin": "http://["}),
        (401, {**OURS, "Sec-Fetch-Site": "same-site"}),
        (401, {**OURS, "Sec-Fetch-Site": "cross-site"}),
        (401, {"Sec-Fetch-Site": "none", "X-Faultline": "1"}),
    ]
    assert [asked(door, cookie, **headers) for _, headers in proofs] == [status for status, _ in proofs]


def test_a_cookie_is_never_honoured_on_a_get_of_graphql(door: Door) -> None:
    cookie = signed_in(door, door.token("viewer"))
    for path in ("/graphql?query={revision}", "/graphql?query={__typename}"):
        for headers in (OURS, {"Accept": "text/html"}, {}):
            assert door.web.get(path, headers={"Cookie": cookie, **headers}).status_code == 401


def test_on_loopback_http_the_cookie_needs_no_tls(door: Door) -> None:
    text = door.token("viewer")
    web = Web(door.web.app, "http://127.0.0.1:8470")

    assert "secure" not in web.post("/session", headers=bearer(text)).headers["set-cookie"].lower()


def test_a_session_ends_when_it_is_said_and_with_its_token(door: Door) -> None:
    text = door.token("viewer")
    first, second, third = (signed_in(door, text) for _ in range(3))

    assert door.web.request("DELETE", "/session", headers={"Cookie": first}).status_code == 401, "a forged sign-out"
    out = door.web.request("DELETE", "/session", headers={"Cookie": first, **OURS})
    assert (out.status_code, "max-age=0" in out.headers["set-cookie"].lower()) == (204, True)
    assert [asked(door, each, **OURS) for each in (first, second)] == [401, 200]
    change_principal(door.access, "ann", "tester", disabled=True)
    assert asked(door, second, **OURS) == 401
    change_principal(door.access, "ann", "tester")
    assert asked(door, second, **OURS) == 200
    revoke_token(door.access, text, "tester")
    assert [asked(door, each, **OURS) for each in (second, third)] == [401, 401]


def test_a_session_of_the_tokens_file_is_the_administrators(tmp_path: Path) -> None:
    door = Door(tmp_path, "t" * 30)
    cookie = signed_in(door, "t" * 30)
    other = Door(tmp_path, "u" * 30)
    other.store.sessions = door.store.sessions

    assert (asked(door, cookie, **OURS), asked(other, cookie, **OURS)) == (200, 401)


def test_pages_lead_to_the_sign_in_page_and_back(door: Door) -> None:
    text = door.token("viewer")
    sent = door.web.get("/ci/%E4%B8%BB?as=1&b=2", headers={"Accept": "text/html"})
    place = httpx.URL(sent.headers["location"])
    page = door.web.get(sent.headers["location"], headers={"Accept-Language": "zh-CN"})
    following = re.findall(r'name="next" type="hidden" value="([^"]*)"', page.text)[0].replace("&amp;", "&")

    assert (sent.status_code, place.path, following) == (303, "/sign-in", "/ci/%E4%B8%BB?as=1&b=2")
    assert "令牌" in page.text
    assert "script" not in page.headers["content-security-policy"]
    form = {"token": f" {text} ", "next": following}
    back = door.web.post("/session", data=form, headers={"Origin": HOME})
    cookie = back.headers["set-cookie"].partition(";")[0]
    assert (back.status_code, back.headers["location"]) == (303, following)
    assert door.web.get("/ci/x", headers={"Accept": "text/html", "Cookie": cookie}).status_code == 200
    assert door.web.get("/static/app.js").status_code == 404, "what pages are made of is open"


def posted(door: Door, content: str, **headers: str) -> Any:
    return door.web.post("/session", content=content, headers={"Content-Type": FORM, "Origin": HOME, **headers})


def test_a_form_that_is_wrong_is_told_and_signs_nobody_in(door: Door) -> None:
    text = door.token("viewer")
    wrong = posted(door, "token=nonsense&next=/x")
    answers = [
        (wrong, 401),
        (posted(door, ""), 401),
        (posted(door, "a=1&" * 900), 401),
        (posted(door, f"token={text}", Origin="http://evil.example"), 403),
        (posted(door, f"token={text}", Origin="null"), 403),
        (door.web.post("/session", content=f"token={text}", headers={"Content-Type": FORM}), 403),
        (posted(door, f"token={text}", **{"Content-Type": "text/plain"}), 415),
        (posted(door, f"token={text}&x=" + "x" * 4_000), 413),
    ]

    assert [answer.status_code for answer, _ in answers] == [status for _, status in answers]
    assert not [answer for answer, _ in answers if "set-cookie" in answer.headers]
    assert "This token is not valid" in wrong.text
    assert 'value="/x"' in wrong.text, "where they were going is not forgotten"
    for _ in range(9):
        last = posted(door, "token=nonsense")
    assert (last.status_code, "Wait a minute" in last.text) == (429, True)
    assert "retry-after" in last.headers


@pytest.mark.parametrize(
    ("text", "path"),
    [("/ci/a?b=c", "/ci/a?b=c"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("http://evil.example", "/"),
     ("", "/"), ("/a\r\nSet-Cookie: x", "/"), ("/\tevil", "/"), ("/主", "/"), ("javascript:alert(1)", "/")],
)  # fmt: skip
def test_whoever_has_signed_in_goes_on_to_a_page_of_ours(text: str, path: str) -> None:
    assert own_path(text) == path


def test_a_page_holds_nothing_of_what_is_sent_but_as_text(door: Door) -> None:
    door.token("viewer")
    page = door.web.get('/sign-in?next=/"><script>alert(1)</script>')

    assert "<script>" not in page.text


def test_in_local_mode_there_is_nobody_to_be_known(door: Door) -> None:
    web = Web(door.web.app, "http://localhost:8470")

    assert web.get("/sign-in").headers["location"] == "/"
    answer = web.post("/session")
    assert (answer.status_code, "set-cookie" in answer.headers) == (204, False)

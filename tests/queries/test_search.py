"""Search finds what a person meant, best first, whatever is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.search import LONGEST_QUERY, Match, SearchEntry, SearchIndex

INSURER = SearchIndex.of(
    [
        SearchEntry("app-policy", "承保系统", "Policy administration", ("10.1.2.3",)),
        SearchEntry("db-policy-1", "承保数据库", "Policy database"),
        SearchEntry("app-claims", "理赔系统", "Claims handling"),
        SearchEntry("site-cq", "重庆机房", "Chongqing site"),
        SearchEntry("k8s:default/default/deployment/frontend", "frontend"),
        SearchEntry("app-core", "核心业务系统-12", "Core business"),
    ]
)


def found(text: str, index: SearchIndex = INSURER) -> list[tuple[int, str]]:
    return [(hit.position, hit.match.word) for hit in index.search(text)]


@pytest.mark.parametrize(
    ("text", "position", "match"),
    [
        ("app-policy", 0, "exact"),
        ("APP-Policy", 0, "exact"),
        ("10.1.2.3", 0, "exact"),
        ("承保系统", 0, "exact"),
        ("chengbaoxitong", 0, "exact"),
        ("cheng bao xi tong", 0, "exact"),
        ("cbxt", 0, "exact"),
        ("chongqingjifang", 3, "exact"),
        ("理赔", 2, "prefix"),
        ("lipei", 2, "prefix"),
        ("业务", 5, "word"),
        ("yewu", 5, "word"),
        ("handling", 2, "word"),
        ("database policy", 1, "word"),
        ("forntend", 4, "fuzzy"),
        ("handlng claims", 2, "fuzzy"),
        ("lipeixtong", 2, "fuzzy"),
        ("核心系统", 5, "fuzzy"),
    ],
)
def test_the_best_hit_and_how_it_matches(text: str, position: int, match: str) -> None:
    assert found(text)[0] == (position, match)


def test_exact_comes_before_prefix_before_word_before_fuzzy() -> None:
    index = SearchIndex.of(
        SearchEntry(f"ci-{i}", name) for i, name in enumerate(("polcy", "my policy", "policy db", "policy"))
    )

    assert found("policy", index) == [(3, "exact"), (2, "prefix"), (1, "word"), (0, "fuzzy")]


def test_a_shorter_name_comes_first_and_ties_go_by_id_not_by_row() -> None:
    entries = [SearchEntry("b", "server two"), SearchEntry("c", "server room two"), SearchEntry("a", "server two")]

    ids = [entries[hit.position].ci_id for hit in SearchIndex.of(entries).search("server")]

    assert ids == ["a", "b", "c"]


def test_what_is_spelt_as_asked_comes_before_what_only_sounds_so() -> None:
    index = SearchIndex.of([SearchEntry("a", "承保"), SearchEntry("b", "chengbao")])

    assert found("chengbao", index) == [(1, "exact"), (0, "exact")]


def test_full_width_letters_are_the_plain_ones() -> None:
    assert found("ＡＰＰ－policy")[0] == (0, "exact")


def test_another_number_is_not_a_typing_error() -> None:
    index = SearchIndex.of([SearchEntry("db-77771", "db"), SearchEntry("db-77777", "db")])

    assert found("77777", index) == [(1, "word")]


def test_no_more_hits_than_asked_for_and_the_same_ones_as_without_a_limit() -> None:
    index = SearchIndex.of(SearchEntry(f"ci-{i:03}", f"server {'x' * (i % 7)}") for i in range(200))

    every = index.search("server", 500)

    assert len(every) == 200
    assert index.search("server", 15) == every[:15]
    assert index.search("server", 0) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "'",
        "\x00",
        "\n\x1f\x1e",
        "(((((",
        "\\",
        "%_*?[",
        "\ud800",
        "\u202e",
        "x" * 10**6,
        "a" * LONGEST_QUERY,
    ],
)
def test_hostile_text_finds_nothing_and_breaks_nothing(text: str) -> None:
    assert found(text) == []


def test_marks_in_names_do_not_make_entries() -> None:
    index = SearchIndex.of([SearchEntry("a", "one\nt\x1fw\x1eo"), SearchEntry("b", "two")])

    assert found("two", index) == [(1, "exact")]
    assert found("one t w o", index) == [(0, "exact")]


def test_an_empty_index_finds_nothing() -> None:
    assert SearchIndex.of([]).search("policy") == []


TEXTS = st.text(alphabet="ab1-. 承保重庆系\n\x1fÄ", max_size=8)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=8), TEXTS)
def test_hits_are_each_entry_once_in_order_and_every_exact_one_is_found(
    names: list[tuple[str, str]], text: str
) -> None:
    entries = [SearchEntry(ci_id, name) for ci_id, name in names]

    hits = SearchIndex.of(entries).search(text, 100)

    assert len({hit.position for hit in hits}) == len(hits)
    assert [(hit.match, -hit.score) for hit in hits] == sorted((hit.match, -hit.score) for hit in hits)
    if text and not text.isspace() and text.isalnum() and text.isascii():
        exact = {i for i, entry in enumerate(entries) if text in (entry.ci_id, entry.name)}
        assert exact <= {hit.position for hit in hits if hit.match is Match.EXACT}

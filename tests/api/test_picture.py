"""A blast radius as text: readable at 80 columns, in Chinese too, whatever names hold, with and without colour."""

import io
import re
from functools import cache

import numpy as np
import pytest
from rich.cells import cell_len

from api.cli.door import Out
from api.cli.picture import SIGNS, print_blast_radius
from api.texts import LANGUAGES, Texts
from graph.estate import Columns, Estate, build_estate
from graph.ontology import Ontology, load_ontology
from queries.blast_radius import blast_radius
from queries.impact import EffectWord, State

HOSTILE = {
    "svc-1": ("business_service", "承保 [red]核心[/red]业务"),
    "svc-2": ("business_service", "理赔\n服务 :smile: \\[bold]"),
    "app-1": ("application", "应用系统" * 100),
    "db-1": ("database_instance", "\t[link=https://evil.example]数据库 1"),
    "db-2": ("database_instance", "db-2"),
    "x" * 200: ("host", "[/]" * 50),
}
ENDS = [(0, 2, None), (1, 4, None), (2, 3, "[green]组[/]"), (2, 4, "[green]组[/]"), (5, 4, None)]


@cache
def ontology() -> Ontology:
    return load_ontology()


def estate_of(cis: dict[str, tuple[str, str]]) -> Estate:
    """The estate of ENDS over six CIs."""
    types = list(ontology().relationship_types)
    groups: dict[tuple[int, str], list[tuple[int, str | None]]] = {}
    for at, (source, _, group) in enumerate(ENDS):
        if group:
            groups.setdefault((source, group), []).append((at, "1"))
    columns = Columns(
        ids=list(cis),
        names=[name for _, name in cis.values()],
        classes=[ci_class for ci_class, _ in cis.values()],
        criticalities=["critical", "", "", "", "", ""],
        source=np.array([source for source, _, _ in ENDS]),
        target=np.array([target for _, target, _ in ENDS]),
        type_code=np.full(len(ENDS), types.index("depends_on"), np.uint8),
        soft=np.zeros(len(ENDS), np.bool_),
        members=groups,
    )
    return build_estate(42, columns, ontology())


def printed(
    seeds: dict[str, EffectWord],
    language: str = "en",
    *,
    cis: dict[str, tuple[str, str]] | None = None,
    limit: int = 20,
    whole: bool = False,
) -> str:
    """What is printed on 80 columns."""
    out = Out()
    out.file, out.width = io.StringIO(), 80
    found = blast_radius(estate_of(cis or HOSTILE), seeds)
    print_blast_radius(out, Texts(language), ontology(), found, limit=limit, whole=whole)
    return str(out.file.getvalue())


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_80_columns_or_cut_out_of_line(language: str) -> None:
    lines = printed({"db-2": "outage"}, language, whole=True).splitlines()

    assert max(map(cell_len, lines)) <= 80
    state = Texts(language)("impact.column_state")
    starts = [at for at, line in enumerate(lines) if line.startswith(f"{state} ")]
    assert len(starts) == 2
    for start in starts:
        table = lines[start : lines.index("", start) if "" in lines[start:] else None]
        rows = [line.rstrip() for line in table if re.search(r"\s(-?\d|—)$", line.rstrip())]
        assert len(rows) >= 2
        assert {cell_len(line) for line in rows} == {cell_len(table[0].rstrip())}


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_shown_as_they_are_on_one_line_and_not_without_end(language: str) -> None:
    text = printed({"db-2": "outage"}, language, whole=True)
    joined = re.sub(r"\s+", "", text)

    assert "[red]核心[/red]" in joined
    brackets = "（svc-2）" if language == "zh" else "(svc-2)"
    assert f"理赔服务:smile:\\[bold]{brackets}" in joined
    assert "[green]组[/]" in joined
    assert "应用系统" * 16 not in joined
    assert "x" * 200 in joined
    assert "\x1b" not in text
    assert "\t" not in text


@pytest.mark.parametrize(
    ("seeds", "language", "sentence"),
    [
        ({"db-2": "outage"}, "en", "If db-2 stops: 1 service goes down, 1 is at risk."),
        ({"db-2": "outage"}, "zh", "如果db-2停止：1 个服务中断、1 个服务有风险。"),
        ({"db-1": "outage", "db-2": "retire"}, "en", "If db-1 stops and db-2 is retired: 2 services go down."),
        ({"db-1": "outage", "db-2": "outage"}, "en", "If db-1 and db-2 stop: 2 services go down."),
        ({"db-1": "outage", "db-2": "outage"}, "zh", "如果db-1和db-2都停止：2 个服务中断。"),
        ({"db-1": "outage"}, "en", "If db-1 stops: no service goes down, 1 is at risk."),
        ({"db-2": "degraded"}, "zh", "如果db-2降级：没有服务中断、2 个服务有风险。"),
        ({"svc-1": "outage"}, "en", "If svc-1 stops: nothing recorded rests on it."),
        ({"svc-1": "retire"}, "zh", "如果svc-1退役：没有登记依赖它的对象。"),
    ],
)
def test_the_sentence_comes_first_and_says_who_stops_and_what_breaks(
    seeds: dict[str, EffectWord], language: str, sentence: str
) -> None:
    plain = {ci_id: (ci_class, ci_id) for ci_id, (ci_class, _) in HOSTILE.items()}

    assert printed(seeds, language, cis=plain).splitlines()[0] == sentence


def test_after_the_sentence_come_services_counts_table_and_why_with_every_rule_in_words() -> None:
    plain = {ci_id: (ci_class, ci_id) for ci_id, (ci_class, _) in HOSTILE.items()}

    text = " ".join(printed({"db-2": "outage"}, cis=plain, whole=True).split())

    places = [text.index(words) for words in (
        "Calculated completely, at revision 42.", "Services", "svc-2", "CIs: 2 out, 1 degraded, 1 at risk",
        "Application", "That is all.", "Why svc-2?",
        "svc-2 depends on db-2, which is out", "the cause: db-2 stops", "Why svc-1?",
        "svc-1 depends on app-1, which is degraded",
        "app-1: redundancy group [green]组[/] lost db-2 and holds with 1 of 2 (needs 1)",
    )]  # fmt: skip
    assert places == sorted(places)


def test_every_state_has_a_sign_and_a_word_beside_its_colour() -> None:
    text = printed({"db-2": "outage"})

    assert len(set(SIGNS.values())) == len(State)
    for state, word in ((State.OUTAGE, "outage"), (State.DEGRADED, "degraded"), (State.AT_RISK, "at risk")):
        assert f"{SIGNS[state]} {word}" in text


def test_a_limit_counts_the_rest_and_the_verdict_stays() -> None:
    all_of_it, two, none = (printed({"db-2": "outage"}, limit=limit) for limit in (20, 2, 0))

    assert "+2 more (--limit shows them)" in two
    assert "+4 more (--limit shows them)" in none
    assert {text.splitlines()[0] for text in (two, none)} == {all_of_it.splitlines()[0]}


@pytest.mark.parametrize(("variable", "coloured"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_colour_is_the_terminals_choice(variable: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(variable, "1")
    out = Out()
    out.file = io.StringIO()

    out.print("words", style="red")

    assert ("\x1b[31m" in str(out.file.getvalue())) == coloured
    assert "words" in str(out.file.getvalue())

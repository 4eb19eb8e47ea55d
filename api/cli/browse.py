"""`faultline search`, `show` and `path`: for people."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from api.cli.door import Door, t, told
from api.cli.progress import estate_of
from api.cli.usage import Command
from graph.history import CI
from graph.values import INVISIBLE, duration_text, shown

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate

REVISIONS = 10  # of a CI's history that `show` prints


@click.command("search", cls=Command, help=t("cli.search_help"))
@click.argument("text")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def search_command(door: Door, text: str, limit: int, as_json: bool) -> None:
    """Find CIs by id, name, attribute, pinyin."""
    from api.register import open_register

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        hits = register.searching.search(text, limit)
        kept = register.store.kept(CI, [ci_id for ci_id, _ in hits])
        states = {ci_id: each.thing.state for ci_id, each in kept.items()}
        results = [
            {
                "ci_id": ci_id,
                "name": states[ci_id]["name"],
                "ci_class": states[ci_id]["ci_class"],
                "match": hit.match.word,
            }
            for ci_id, hit in hits
            if ci_id in states
        ]
        if as_json:
            door.answer({"revision": register.store.revision(), "results": results})
            return
        if not results:
            click.echo(door.texts("cli.search_nothing", text=shown(text)))
            return
        table = Table(box=None, pad_edge=False, show_header=False)
        for row in results:
            retired = door.texts("cli.retired") if states[str(row["ci_id"])].get("status") == "retired" else ""
            table.add_row(*(_plain(row[name]) for name in ("ci_id", "name", "ci_class", "match")), retired)
        door.out.print(table)


@click.command("show", cls=Command, help=t("cli.show_help"))
@click.argument("ci_id", metavar="CI")
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def show_command(door: Door, ci_id: str, as_json: bool) -> None:
    """One CI whole."""
    from api.register import open_register
    from queries.blast_radius import known_as

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        plain = _ci(register, known_as(ci_id))
        if as_json:
            door.answer(plain)
            return
        _print_ci(door, register, plain)


def _ci(register: "Register", ci_id: str) -> dict[str, Any]:
    from queries.blast_radius import UnknownCisError

    types = list(register.store.ontology.relationship_types)

    def read(reader: Any) -> Any:
        ends = {end: list(reader.relationships_at([ci_id], types, end=end)) for end in ("source", "target")}
        return reader.revision, reader.read(CI, [ci_id]).get(ci_id), ends

    revision, kept, ends = register.store.read(read)
    if kept is None:
        raise UnknownCisError([ci_id])
    history = [
        {"revision": past.number, "at": commit.at, "actor": commit.header.actor, "source": commit.header.source}
        for _, (commit, past) in zip(
            range(REVISIONS), register.store.history_of(CI, ci_id, kept.revision), strict=False
        )
    ]
    related = {
        end: [
            {"relationship": key, **_sorted(k.thing.state)} for key, k in sorted(found, key=lambda item: str(item[0]))
        ]
        for end, found in ends.items()
    }
    return {
        "revision": revision,
        "ci_id": ci_id,
        "last_revision": kept.revision,
        "fields": _sorted(kept.thing.state),
        "environment_normalised": register.store.ontology.environment_of(kept.thing.state.get("environment")),
        "sources": _sorted(kept.thing.sources),
        "providers": related["source"],
        "dependents": related["target"],
        "history": history,
    }


def _sorted(fields: Mapping[str, Any]) -> dict[str, Any]:
    # engines keep properties in orders of their own
    return dict(sorted(fields.items()))


def _print_ci(door: Door, register: "Register", plain: dict[str, Any]) -> None:
    ontology, language = register.store.ontology, door.texts.language
    fields = plain["fields"]
    kind = ontology.classes[fields["ci_class"]]
    door.out.print(f"{_plain(fields['name'])} ({plain['ci_id']}) · {kind.words[language]}", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in sorted(fields.items()):
        field = kind.fields.get(name)
        shown_value = duration_text(value) if field and field.type == "duration" else value
        table.add_row(field.words[language] if field else _plain(name), _plain(shown_value))
    door.out.print(table)
    for name in ("providers", "dependents"):
        door.out.print(door.texts(f"cli.show_{name}", count=len(plain[name])), style="bold")
        for related in plain[name][:20]:
            source, relationship_type, target = related["relationship"].split("|")
            words = ontology.relationship_types[relationship_type].words[language]
            group = f" [{related['redundancy_group']}]" if "redundancy_group" in related else ""
            soft = f" ({door.texts('cli.soft')})" if related.get("strength") == "soft" else ""
            door.out.print(f"  {source} {words} {target}{group}{soft}")
        if len(plain[name]) > 20:
            door.out.print("  " + door.texts("cli.more", count=len(plain[name]) - 20))
    door.out.print(door.texts("cli.show_history"), style="bold")
    for past in plain["history"]:
        door.out.print(f"  {past['revision']}  {past['at'][:19]}Z  {_plain(past['actor'])}  {_plain(past['source'])}")


@click.command("path", cls=Command, help=t("cli.path_help"))
@click.argument("start", metavar="A")
@click.argument("end", metavar="B")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def path_command(door: Door, start: str, end: str, limit: int, as_json: bool) -> None:
    """How A depends on B."""
    from api.register import open_register
    from queries.paths import dependency_paths

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        estate = estate_of(door, register)
        found = dependency_paths(estate.topology, _number(estate, start), _number(estate, end), most=limit)
        paths = [estate.ids.some(path) for path in found.paths]
        if as_json:
            door.answer({"revision": estate.revision, "paths": paths, "complete": found.complete})
            return
        for path in paths:
            click.echo(" → ".join(path))
        if not paths and not found.complete:
            click.echo(door.texts("cli.path_unknown", start=shown(start), end=shown(end)))
        elif not paths:
            click.echo(door.texts("cli.path_nothing", start=shown(start), end=shown(end)))
        elif not found.complete:
            click.echo(door.texts("cli.path_incomplete", count=len(paths)))
        sys.exit(0)


def _number(estate: "Estate", ci_id: str) -> int:
    from queries.blast_radius import UnknownCisError, known_as

    found = estate.find(known_as(ci_id))
    if found is None:
        raise UnknownCisError([ci_id])
    return found


def _plain(value: object) -> str:
    """A kept value on one line, with nothing in it that a terminal would act on."""
    return INVISIBLE.sub("�", " ".join(str(value).split()))


COMMANDS = (search_command, show_command, path_command)

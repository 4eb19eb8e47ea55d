"""`faultline graph-hash`, `audit verify`, `audit register` and `doctor`."""

import sys
from typing import Any

import click

from api.cli.door import Door, t, told
from api.cli.progress import estate_of
from api.cli.usage import Command, Group
from graph.values import shown

FEW, LISTED = 5, 20  # changes of a plan, and gaps of a kind, that the text names


@click.command("graph-hash", cls=Command, help=t("cli.graph_hash_help"))
@click.option("--as-of", help=t("cli.as_of_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def graph_hash_command(door: Door, as_of: str | None, as_json: bool) -> None:
    """One line that is the same for the same graph."""
    from api.register import open_register

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        revision = register.revision_of(as_of)
        found = register.store.graph_hash(revision=revision)
        if as_json:
            door.answer({"revision": register.store.revision() if revision is None else revision, "graph_hash": found})
        else:
            click.echo(found)


@click.group("audit", cls=Group, help=t("cli.audit_help"))
def audit_group() -> None:
    """What proves the log."""


@audit_group.command("verify", help=t("cli.audit_verify_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def verify_command(door: Door, as_json: bool) -> None:
    """Walk the log and compare the records with it."""
    from api.register import open_register
    from graph.store.audit import verify

    door.as_json = as_json
    with told(door), open_register(door.settings) as register:
        found = verify(register.store)
        if as_json:
            differing = [{"kind": d.kind, "key": d.key, "reason": d.reason} for d in found.differing]
            plain = {"ok": found.ok, "commits": found.commits, "head": found.head, "first_bad": found.first_bad}
            door.answer({**plain, "reason": found.reason, "differing": differing})
        elif found.ok:
            click.echo(door.texts("cli.audit_ok", commits=found.commits, head=found.head))
        elif found.first_bad is not None:
            reason = door.texts(f"cli.audit_{found.reason}")
            click.echo(door.texts("cli.audit_broken", revision=found.first_bad, reason=reason))
        else:
            click.echo(door.texts("cli.audit_differing", count=len(found.differing)))
            for difference in found.differing[:20]:
                reason = door.texts(f"cli.audit_record_{difference.reason}")
                click.echo(f"  {difference.kind} {difference.key}: {reason}")
        sys.exit(0 if found.ok else 1)


@audit_group.command("register", help=t("cli.audit_register_help"))
@click.option("--at", metavar="T", help=t("cli.at_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def register_command(door: Door, at: str | None, as_json: bool) -> None:
    """What the register lacks, and where its parts contradict each other."""
    from api.gaps import Gaps, plain
    from api.moments import asked_at
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        moment = asked_at(at, door.settings.timezone)
        with open_register(door.settings) as register:
            answer = plain(Gaps(register, estate_of(door, register), moment))
        if as_json:
            door.answer(answer)
        else:
            _print_gaps(door, answer)
        sys.exit(1 if answer["gaps"] else 0)


def _print_gaps(door: Door, answer: dict[str, Any]) -> None:
    say, out = door.texts, door.out
    out.print(say("gaps.sentence", count=len(answer["gaps"])), style="bold")
    out.print(say("impact.revision", revision=answer["revision"]), style="dim")
    for kind, count in answer["counts"].items():
        if not count:
            continue
        out.print()
        out.print(say(f"gaps.{kind}", count=count), style="bold")
        mine = [gap for gap in answer["gaps"] if gap["kind"] == kind]
        for gap in mine[:LISTED]:
            out.print(f"  {_gap_words(door, gap)}")
        if count > LISTED:
            out.print(f"  {say('continuity.more', count=count - LISTED)}", style="dim")


def _gap_words(door: Door, gap: dict[str, Any]) -> str:
    say, subject = door.texts, shown(gap["subject"])
    if gap["kind"] == "sla_chain_breach":
        worst = min(gap["agreements"], key=lambda each: (not each["alone"], each["sla_id"]))
        first = worst["promises"][0]
        words = say(f"gaps.less_{first['field']}", ours=first["agreement"], theirs=first["contract"])
        return say(
            "gaps.contract", subject=subject, words=words, sla_id=shown(worst["sla_id"]),
            service=shown(worst["service"]), others=len(gap["agreements"]) - 1,
        )  # fmt: skip
    if gap["kind"] == "stale_plan":
        key = "gaps.plan_untested" if gap["tested_at"] is None else "gaps.plan"
        since = say("impact.comma").join([*gap["changes"], *gap["updates"]][:FEW])
        return say(key, subject=subject, tested_at=gap["tested_at"], since=since, count=len(gap["ci_ids"]))
    return subject


@click.command("doctor", cls=Command, help=t("cli.doctor_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def doctor_command(door: Door, as_json: bool) -> None:
    """Is everything in order, and what to do where it is not."""
    from api.doctor import examine

    door.as_json = as_json
    with told(door):
        checks = examine(door.settings)
        ok = all(check.ok for check in checks)
        plain = [
            {
                "id": check.id,
                "ok": check.ok,
                "key": check.message.key,
                "params": dict(check.message.params),
                "message": door.texts.say(check.message),
                "hint": None if check.hint is None else door.texts.say(check.hint),
            }
            for check in checks
        ]
        if as_json:
            door.answer({"ok": ok, "checks": plain})
        else:
            for row in plain:
                click.echo(f"{'○' if row['ok'] else '■'} {row['message']}")
                if row["hint"]:
                    click.echo(f"    {row['hint']}")
        sys.exit(0 if ok else 1)


COMMANDS = (graph_hash_command, audit_group, doctor_command)

"""`faultline token` and `faultline principal`: who may come in, for whoever may open the store itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from api.access.roles import roles
from api.cli.door import Door, t, told
from api.cli.usage import Group

if TYPE_CHECKING:
    from graph.store.principals import KeptPrincipal, KeptToken

ENTRIES = 100  # of the record of changes that are printed where nothing else is said


@click.group("token", cls=Group, help=t("access.token_help"))
def token_group() -> None:
    """Tokens."""


@token_group.command("create", help=t("access.create_help"))
@click.option("--role", "given", multiple=True, type=click.Choice(list(roles().below)), help=t("access.role_help"))
@click.option("--name", help=t("access.name_help"))
@click.option("--scope", "scopes", multiple=True, metavar="KIND=VALUE", help=t("access.scope_help"))
@click.option("--origin", "origins", multiple=True, metavar="TOOL", help=t("access.origin_help"))
@click.option("--principal", help=t("access.principal_help"))
@click.option("--expires", default="90d", show_default=True, metavar="DURATION", help=t("access.expires_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def create_command(
    door: Door,
    given: Sequence[str],
    name: str | None,
    scopes: Sequence[str],
    origins: Sequence[str],
    principal: str | None,
    expires: str,
    as_json: bool,
) -> None:
    """Make a principal with a token, or another token of one that is there."""
    from api.access.changes import create_first_token, create_token
    from api.register import open_register
    from graph.errors import BadInputError

    door.as_json = as_json
    with told(door):
        if (principal is None) == (not given) or (principal is not None and (name or scopes or origins)):
            raise BadInputError("access.role_or_principal")
        with open_register(door.settings) as register:
            if principal is None:
                text, token = create_first_token(
                    register.access, name, given, _scopes(scopes), expires, door.actor, origins
                )
            else:
                text, token = create_token(register.access, principal, expires, door.actor)
        if as_json:
            door.answer({"token": text, "id": token.id, "principal": token.principal, "expires_at": token.expires_at})
        else:
            # alone on its line, so that a script may take it
            click.echo(text)
            click.echo(door.texts("access.shown_once", id=token.id, expires=_when(door, token.expires_at)), err=True)


def _scopes(given: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in given:
        kind, _, value = each.partition("=")
        found.setdefault("ci_class" if kind == "class" else kind, []).append(value)
    return found


def _when(door: Door, at: str | None) -> str:
    return door.texts("access.never") if at is None else at[:19] + "Z"


@token_group.command("list", help=t("access.list_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def list_command(door: Door, as_json: bool) -> None:
    """Tokens without their secrets."""
    from api.access.changes import with_tokens
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        with open_register(door.settings) as register:
            found, now = with_tokens(register.access), register.store.clock()
        rows = [
            _token(principal, token, now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
            for principal, some in found
            for token in some
        ]
        if as_json:
            door.answer({"tokens": rows})
            return
        _print(door, rows, ("id", "principal", "state", "expires_at", "used_at"))


def _token(principal: "KeptPrincipal", token: "KeptToken", now: str) -> dict[str, Any]:
    state = "disabled" if principal.disabled else token.state(now)
    return {
        "id": token.id, "principal": principal.name, "state": state,
        "made_at": token.at, "expires_at": token.expires_at, "revoked_at": token.revoked_at, "used_at": token.used_at,
    }  # fmt: skip


def _print(door: Door, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(door.texts(f"access.column_{column}"))
    for row in rows:
        table.add_row(*(_shown(door, column, row[column]) for column in columns))
    door.out.print(table)


def _shown(door: Door, column: str, value: Any) -> str:
    if column == "state":
        return door.texts(f"access.state_{value}")
    if column == "action":
        return door.texts(f"access.action_{value}")
    if isinstance(value, dict):
        return " ".join(f"{kind}={each}" for kind, some in value.items() for each in some)
    if isinstance(value, list):
        return ", ".join(value)
    if column.endswith("at"):
        return "—" if value is None else str(value)[:16] + "Z"
    return str(value)


@token_group.command("revoke", help=t("access.revoke_help"))
@click.argument("token", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def revoke_command(door: Door, token: str, as_json: bool) -> None:
    """Take a token away."""
    from api.access.changes import revoke_token
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        with open_register(door.settings) as register:
            revoked = revoke_token(register.access, token, door.actor)
        if as_json:
            door.answer({"id": revoked.id, "revoked_at": revoked.revoked_at})
        else:
            click.echo(door.texts("access.revoked", id=revoked.id))


@click.group("principal", cls=Group, help=t("access.principals_help"))
def principal_group() -> None:
    """Principals."""


@principal_group.command("list", help=t("access.principal_list_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def principals_command(door: Door, as_json: bool) -> None:
    """Principals with their roles and scopes."""
    from api.access.changes import with_tokens
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        with open_register(door.settings) as register:
            found = with_tokens(register.access)
        rows: list[dict[str, Any]] = [
            {
                "id": each.id,
                "name": each.name,
                "roles": list(each.roles),
                "scopes": {kind: list(values) for kind, values in each.scopes.items()},
                "origins": list(each.origins),
                "state": "disabled" if each.disabled else "valid",
                "made_at": each.at,
            }
            for each, _ in found
        ]
        if as_json:
            door.answer({"principals": rows})
            return
        _print(door, rows, ("name", "roles", "scopes", "origins", "state", "id"))


def _change(door: Door, principal: str, as_json: bool, what: str) -> None:
    from api.access.changes import change_principal
    from api.register import open_register

    door.as_json = as_json
    with told(door):
        with open_register(door.settings) as register:
            changed = change_principal(
                register.access, principal, door.actor, disabled=what == "disabled", deleted=what == "deleted"
            )
        if as_json:
            door.answer(
                {"id": changed.id, "name": changed.name, "disabled": changed.disabled, "deleted": changed.deleted}
            )
        else:
            click.echo(door.texts(f"access.{what}", name=changed.name))


@principal_group.command("change", help=t("access.change_help"))
@click.argument("principal", metavar="PRINCIPAL")
@click.option("--role", "given", multiple=True, type=click.Choice(list(roles().below)), help=t("access.roles_help"))
@click.option("--scope", "scopes", multiple=True, metavar="KIND=VALUE", help=t("access.scopes_help"))
@click.option("--no-scopes", "unlimited", is_flag=True, help=t("access.no_scopes_help"))
@click.option("--origin", "origins", multiple=True, metavar="TOOL", help=t("access.origins_help"))
@click.option("--no-origins", "no_tool", is_flag=True, help=t("access.no_origins_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def change_command(
    door: Door,
    principal: str,
    given: Sequence[str],
    scopes: Sequence[str],
    unlimited: bool,
    origins: Sequence[str],
    no_tool: bool,
    as_json: bool,
) -> None:
    """Give one other roles, other scopes or other tools to speak for."""
    from api.access.changes import change_rights
    from api.register import open_register
    from graph.errors import BadInputError

    door.as_json = as_json
    with told(door):
        named = given or scopes or unlimited or origins or no_tool
        if not named or (scopes and unlimited) or (origins and no_tool):
            raise BadInputError("access.nothing_to_change")
        new_scopes = _scopes(scopes) if scopes or unlimited else None
        with open_register(door.settings) as register:
            changed = change_rights(
                register.access, principal, given or None, new_scopes, door.actor,
                origins=origins if origins or no_tool else None,
            )  # fmt: skip
        kept = {kind: list(values) for kind, values in changed.scopes.items()}
        if as_json:
            door.answer({
                "id": changed.id, "name": changed.name, "roles": list(changed.roles), "scopes": kept,
                "origins": list(changed.origins),
            })  # fmt: skip
        else:
            click.echo(door.texts("access.changed", name=changed.name, roles=", ".join(changed.roles)))


@principal_group.command("disable", help=t("access.disable_help"))
@click.argument("principal", metavar="PRINCIPAL")
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def disable_command(door: Door, principal: str, as_json: bool) -> None:
    """Keep one out for the time being."""
    _change(door, principal, as_json, "disabled")


@principal_group.command("enable", help=t("access.enable_help"))
@click.argument("principal", metavar="PRINCIPAL")
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def enable_command(door: Door, principal: str, as_json: bool) -> None:
    """Let one in again."""
    _change(door, principal, as_json, "enabled")


@principal_group.command("delete", help=t("access.delete_help"))
@click.argument("principal", metavar="PRINCIPAL")
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def delete_command(door: Door, principal: str, as_json: bool) -> None:
    """Keep one out for good."""
    _change(door, principal, as_json, "deleted")


@principal_group.command("log", help=t("access.log_help"))
@click.option("--limit", default=ENTRIES, show_default=True, type=click.IntRange(1, 100_000), help=t("cli.limit_help"))
@click.option("--json", "as_json", is_flag=True, help=t("cli.json_help"))
@click.pass_obj
def log_command(door: Door, limit: int, as_json: bool) -> None:
    """What was changed about who may come in."""
    from api.register import open_register
    from graph.store.principals import access_changes

    door.as_json = as_json
    with told(door):
        with open_register(door.settings) as register:
            rows = [
                {
                    "at": each.at, "actor": each.actor, "action": each.action, "principal": each.principal,
                    "name": each.name, "token": each.token, "detail": dict(each.detail),
                }
                for each in access_changes(register.store, limit)
            ]  # fmt: skip
        if as_json:
            door.answer({"changes": rows})
            return
        _print(door, [{**row, "token": row["token"] or ""} for row in rows], ("at", "actor", "action", "name", "token"))


COMMANDS = (token_group, principal_group)

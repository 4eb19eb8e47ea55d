"""Principals and tokens made, shown and taken away; every change is noted with who made it."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from api.access.keeping import check_stays
from api.access.known import Access, LoginRefusedError
from api.access.roles import roles
from api.access.tokens import TOKEN, code_of, new_secret
from api.moments import utc_text
from api.who import Principal
from graph.errors import BadInputError
from graph.ontology import Ontology
from graph.store.principals import (
    ELSEWHERE,
    AccessChange,
    KeptPrincipal,
    KeptToken,
    Scopes,
    Statement,
    change_access,
    find_principal,
    principal_statement,
    principals,
    token_statement,
    tokens,
)
from graph.store.runs import Rows
from graph.values import ValueRefused, parse_duration, parse_id, parse_text

if TYPE_CHECKING:
    from api.access.oidc import Identity

LIFETIME = "90d"  # of a token where nothing else is said
NEVER = "never"
LONGEST_NAME = 100  # characters
SCOPE_KINDS = ("ci_class", "environment", "site", "owner")
MOST_SCOPES = 1_000  # values of one principal
MOST_ORIGINS = 20  # tools that one principal is


def with_tokens(access: Access) -> list[tuple[KeptPrincipal, list[KeptToken]]]:
    """All principals that are not deleted, by name, with their tokens."""
    some: dict[str, list[KeptToken]] = {}
    for token in tokens(access.store):
        some.setdefault(token.principal, []).append(token)
    return [(each, some.get(each.id, [])) for each in principals(access.store) if not each.deleted]


def create_principal(
    access: Access, name: str, given: Sequence[str], scopes: Mapping[str, Sequence[str]], actor: str
) -> KeptPrincipal:
    """A new principal; BadInputError for a name that is taken for ever, a role or a scope that is none."""
    made = _new_principal(access, name, given, scopes)
    change_access(access.store, lambda reader: ([_kept_new(reader, made)], [_created(made, actor)]))
    return made


def change_principal(
    access: Access, given: str, actor: str, *, disabled: bool = False, deleted: bool = False, asking: str = ""
) -> KeptPrincipal:
    """Disable, enable or delete one by id or name, at once for all its tokens.

    `asking`: the id of the principal that asks. BadInputError, also as `check_stays` has it.
    """
    at = utc_text(access.store.clock())
    action = "principal_deleted" if deleted else "principal_disabled" if disabled else "principal_enabled"
    changed: list[KeptPrincipal] = []

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        # a deleted one is found only where this is done again because the answer got lost
        found = find_principal(reader, given, deleted=deleted and bool(changed))
        changed[:] = [replace(found, disabled=found.disabled if deleted else disabled, deleted=deleted)]
        check_stays(access, reader, asking, changed=changed[0])
        return [principal_statement(changed[0])], [AccessChange(at, actor, action, found.id, found.name)]

    change_access(access.store, plan)
    return changed[0]


def change_rights(
    access: Access,
    given: str,
    named: Sequence[str] | None,
    scopes: Mapping[str, Sequence[str]] | None,
    actor: str,
    *,
    origins: Sequence[str] | None = None,
    asking: str = "",
) -> KeptPrincipal:
    """Give one, by id or name, other roles, other scopes or other tools to speak for; `None`: those that it has.

    Raises BadInputError as `create_principal` and `check_stays` do, and `access.roles_elsewhere` for roles of somebody
    whom a provider signs in: it says them anew each time.
    """
    at = utc_text(access.store.clock())
    roles_now = None if named is None else checked_roles(named)
    scopes_now = None if scopes is None else checked_scopes(scopes, access.store.ontology)
    origins_now = None if origins is None else checked_origins(origins)
    changed: list[KeptPrincipal] = []

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        found = find_principal(reader, given)
        if roles_now is not None and found.elsewhere:
            raise BadInputError("access.roles_elsewhere", name=found.name)
        made = replace(
            found,
            roles=found.roles if roles_now is None else roles_now,
            scopes=found.scopes if scopes_now is None else scopes_now,
            origins=found.origins if origins_now is None else origins_now,
        )
        _check_origins(reader, made)
        changed[:] = [made]
        check_stays(access, reader, asking, changed=made)
        done = AccessChange(at, actor, "principal_changed", made.id, made.name, detail=_rights(made))
        return [principal_statement(made)], [done]

    change_access(access.store, plan)
    return changed[0]


def signed_in(access: Access, issuer: str, who: "Identity") -> Principal:
    """Who has signed in elsewhere, with the roles that the provider gives them now; a change of these is noted.

    Raises LoginRefusedError for somebody without a role, and for one who is disabled or deleted here.
    """
    name = checked_name(f"oidc:{who.subject}")
    key = ELSEWHERE + hashlib.sha256(f"{issuer}|{who.subject}".encode()).hexdigest()[:16]
    if not who.roles:
        raise LoginRefusedError("no role", key)
    found = _welcome(principals(access.store), key)
    if found is None or found.roles != who.roles:
        found = _with_roles(access, KeptPrincipal(key, name, who.roles, utc_text(access.store.clock())), issuer, who)
    return Principal(f"principal:{name}", who.name or name, frozenset(who.roles), found.scopes, key)


def _with_roles(access: Access, fresh: KeptPrincipal, issuer: str, who: "Identity") -> KeptPrincipal:
    made: list[KeptPrincipal] = []

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        # as it is under the lock: what an administrator has changed of it meanwhile stays so
        known = principals(reader)
        found = _welcome(known, fresh.id)
        if any(each.name == fresh.name and each.id != fresh.id for each in known):
            raise LoginRefusedError("name taken", fresh.id)
        made[:] = [fresh if found is None else replace(found, roles=who.roles)]
        if found == made[0]:
            return [], []  # done and noted already, also where only the answer to that got lost
        detail = {"roles": list(who.roles), "issuer": issuer, "name": who.name}
        action = "principal_created" if found is None else "roles_changed"
        done = AccessChange(fresh.at, fresh.name, action, fresh.id, fresh.name, detail=detail)
        return [principal_statement(made[0])], [done]

    change_access(access.store, plan)
    return made[0]


def _welcome(known: Sequence[KeptPrincipal], key: str) -> KeptPrincipal | None:
    found = next((each for each in known if each.id == key), None)
    if found is not None and (found.disabled or found.deleted):
        raise LoginRefusedError("deleted" if found.deleted else "disabled", key)
    return found


def create_token(access: Access, given: str, expires: str, actor: str) -> tuple[str, KeptToken]:
    """A new token of a principal, by id or name, and its text, which is never shown again.

    `expires`: how long from now (`90d`), or `never`. Raises BadInputError.
    """
    fresh, made = _new_token(access, expires), list[KeptToken]()

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        owner = find_principal(reader, given)
        made[:] = [replace(fresh.token, principal=owner.id)]
        return [token_statement(made[0], fresh.mac)], [_issued(made[0], owner, actor)]

    change_access(access.store, plan)
    return fresh.text, made[0]


def create_first_token(
    access: Access,
    name: str | None,
    given: Sequence[str],
    scopes: Mapping[str, Sequence[str]],
    expires: str,
    actor: str,
    origins: Sequence[str] = (),
) -> tuple[str, KeptToken]:
    """A new principal with its first token, both or none; without a name it gets one after its first role.

    Raises BadInputError.
    """
    fresh = _new_token(access, expires)
    called = f"{checked_roles(given)[0]}-{secrets.token_hex(3)}" if name is None else name
    made = replace(_new_principal(access, called, given, scopes), origins=checked_origins(origins))
    token = replace(fresh.token, principal=made.id)

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        statements = [_kept_new(reader, made), token_statement(token, fresh.mac)]
        return statements, [_created(made, actor), _issued(token, made, actor)]

    change_access(access.store, plan)
    return fresh.text, token


def revoke_token(access: Access, token: str, actor: str, *, asking: str = "") -> KeptToken:
    """A token is worth nothing from now on; BadInputError `access.unknown_token`, and as `check_stays` has it."""
    at, token = utc_text(access.store.clock()), token.partition(".")[0]  # who gives all of it means its id
    revoked: list[KeptToken] = []

    def plan(reader: Rows) -> tuple[list[Statement], list[AccessChange]]:
        found = next((each for each in tokens(reader) if each.id == token), None)
        if found is None:
            raise BadInputError("access.unknown_token", token=token[:60])
        check_stays(access, reader, asking, revoked=token)
        owner = find_principal(reader, found.principal, deleted=True)
        revoked[:] = [replace(found, revoked_at=found.revoked_at or at)]
        done = AccessChange(at, actor, "token_revoked", owner.id, owner.name, token)
        return [("token_revoke", {"id": token, "at": at})], [done]

    change_access(access.store, plan)
    return revoked[0]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A token that is not kept yet: all of it as text, and the code of its secret."""

    text: str
    mac: str
    token: KeptToken


def _new_token(access: Access, expires: str) -> _Fresh:
    at = access.store.clock()
    ends = None if expires == NEVER else utc_text(at + _lifetime(expires))
    name, secret = new_secret(TOKEN)
    return _Fresh(f"{name}.{secret}", code_of(access.pepper, name, secret), KeptToken(name, "", utc_text(at), ends))


def _new_principal(
    access: Access, name: str, given: Sequence[str], scopes: Mapping[str, Sequence[str]]
) -> KeptPrincipal:
    return KeptPrincipal(
        f"flp{secrets.token_hex(8)}", checked_name(name), checked_roles(given), utc_text(access.store.clock()),
        checked_scopes(scopes, access.store.ontology),
    )  # fmt: skip


def _kept_new(reader: Rows, made: KeptPrincipal) -> Statement:
    if any(each.name == made.name and each.id != made.id for each in principals(reader)):
        raise BadInputError("access.name_taken", name=made.name)
    _check_origins(reader, made)
    return principal_statement(made)


def _check_origins(reader: Rows, made: KeptPrincipal) -> None:
    # a tool is one principal: the log then says which
    for each in principals(reader):
        if each.id != made.id and not each.deleted and (taken := sorted({*each.origins} & {*made.origins})):
            raise BadInputError("access.origin_taken", origin=taken[0], name=each.name)


def _created(made: KeptPrincipal, actor: str) -> AccessChange:
    return AccessChange(made.at, actor, "principal_created", made.id, made.name, detail=_rights(made))


def _issued(token: KeptToken, owner: KeptPrincipal, actor: str) -> AccessChange:
    detail = {"expires_at": token.expires_at}
    return AccessChange(token.at, actor, "token_created", owner.id, owner.name, token.id, detail)


def _rights(made: KeptPrincipal) -> dict[str, object]:
    found: dict[str, object] = {
        "roles": list(made.roles), "scopes": {kind: list(some) for kind, some in made.scopes.items()}
    }  # fmt: skip
    return {**found, "origins": list(made.origins)} if made.origins else found


def _lifetime(text: str) -> timedelta:
    try:
        return timedelta(seconds=parse_duration(text))
    except ValueRefused as refused:
        raise BadInputError(refused.message.key, **refused.message.params) from refused


def checked_name(text: str) -> str:
    """A name as it is kept; BadInputError."""
    try:
        name = parse_text(text, name=True).strip()
    except ValueRefused as refused:
        raise BadInputError(refused.message.key, **refused.message.params) from refused
    if not 0 < len(name) <= LONGEST_NAME or "\n" in name or "\t" in name:
        raise BadInputError("access.bad_name", longest=LONGEST_NAME)
    return name


def checked_roles(given: Sequence[str]) -> tuple[str, ...]:
    """Roles as they are kept; BadInputError `access.bad_role`, also for none at all."""
    known = roles().below
    wrong = [role for role in given if role not in known] if given else [""]
    if wrong:
        raise BadInputError("access.bad_role", role=wrong[0][:60], known=", ".join(known))
    return tuple(role for role in known if role in given)


def checked_scopes(given: Mapping[str, Sequence[str]], ontology: Ontology) -> Scopes:
    """Scopes as they are kept; BadInputError for a kind, a class or an id that is none."""
    if sum(len(values) for values in given.values()) > MOST_SCOPES:
        raise BadInputError("access.many_scopes", most=MOST_SCOPES)
    kept: dict[str, tuple[str, ...]] = {}
    for kind, values in given.items():
        if kind not in SCOPE_KINDS:
            raise BadInputError("access.bad_scope", kind=kind[:60], known=", ".join(SCOPE_KINDS))
        if not values:  # it would be read as nothing by one and as all by another
            raise BadInputError("access.empty_scope", kind=kind)
        unknown = [value for value in values if kind == "ci_class" and value not in ontology.classes]
        if unknown:
            raise BadInputError("access.bad_class", ci_class=unknown[0][:60])
        try:
            kept[kind] = tuple(sorted({parse_id(value) for value in values}))
        except ValueRefused as refused:
            raise BadInputError(refused.message.key, **refused.message.params) from refused
    return kept


def checked_origins(given: Sequence[str]) -> tuple[str, ...]:
    """Tools as they are kept; BadInputError for what no tool can be called, and for too many."""
    if len(given) > MOST_ORIGINS:
        raise BadInputError("access.many_origins", most=MOST_ORIGINS)
    try:
        return tuple(sorted({parse_id(each) for each in given}))
    except ValueRefused as refused:
        raise BadInputError(refused.message.key, **refused.message.params) from refused

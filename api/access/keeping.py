"""Whoever changes who may come in can do so afterwards, too: nobody shuts the last administrator out."""

from api.access.known import Access
from api.access.roles import roles
from api.access.tokens import FEED
from api.moments import utc_text
from api.who import Principal
from graph.errors import BadInputError
from graph.store.principals import KeptPrincipal, principals, tokens
from graph.store.runs import Rows

CHANGES = "changePrincipal"  # whoever may ask for this may bring back what was changed


def check_first(asking: Principal, given: list[str], scoped: bool) -> None:
    """In local mode the first principal must be able to make others: BadInputError `access.first_is_admin`."""
    if asking.is_local and (scoped or not roles().allowed(given, "mutation", CHANGES)):
        raise BadInputError("access.first_is_admin")


def check_stays(
    access: Access, reader: Rows, asking: str, *, changed: KeptPrincipal | None = None, revoked: str = ""
) -> None:
    """Refuse a change after which the principal that asks for it could make no other.

    `asking`: its id; none for whoever opens the store itself or has the token of the file, who are never shut out.
    `changed`, `revoked`: a principal as it will be, and the id of a token that will be worth nothing. It is asked under
    the write lock, so that two administrators who disable each other at the same time do not both succeed.

    Raises
    ------
    BadInputError
        `access.last_admin`: nobody else could either; `access.oneself`: another administrator may do it.
    """
    if not asking:
        return
    kept = {each.id: each for each in principals(reader)} | ({} if changed is None else {changed.id: changed})
    now = utc_text(access.store.clock())
    # the address of a calendar lets nobody in
    some = (each for each in tokens(reader) if not each.id.startswith(FEED))
    shown = {each.principal for each in some if each.id != revoked and each.state(now) == "valid"}
    able = {
        each.id
        for each in kept.values()
        if _may_change(each) and (each.id in shown or (each.elsewhere and access.settings.oidc_issuer is not None))
    }
    if asking not in able:
        raise BadInputError("access.oneself" if able else "access.last_admin")


def _may_change(each: KeptPrincipal) -> bool:
    # who has scopes may change nothing here, whatever the roles
    is_in = not (each.disabled or each.deleted or each.scopes)
    return is_in and roles().allowed(each.roles, "mutation", CHANGES)

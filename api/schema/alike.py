"""Types of the schema: changes like one under review that ended before, and how often such ones failed."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from api.schema.items import Ci, cis_of
from api.schema.reading import Info
from queries.similar import Similar

if TYPE_CHECKING:
    from queries.review import Review


@strawberry.type(description="A kind of edit that two changes make.")
class SharedEdit:
    """Of the same CI, or else of CIs of the same class."""

    kind: str = strawberry.field(description="`add`, `retire`, `relate`, `unrelate`, `regroup` or `set`.")
    ci_id: str | None = strawberry.field(description="The CI that both edit so; null: they edit different ones.")
    ci_class: str | None = strawberry.field(description="The class of the CIs that both edit so; null with `ciId`.")


@strawberry.type(description="A change like this one that ended before.")
class SimilarChange:
    """What it shares, and how it went."""

    change_id: str = strawberry.field(description="Its identifier.")
    title: str = strawberry.field(description="What it was called.")
    outcome: str = strawberry.field(description="`success`, `partial`, `failed` or `backed_out`.")
    ended: datetime | None = strawberry.field(description="When it ended, as planned where nobody noted it.")
    ci_ids: list[str] = strawberry.field(description="Identifiers of the CIs that both touch.")
    edits: list[SharedEdit] = strawberry.field(description="The kinds of edits that both make.")
    classes: list[str] = strawberry.field(description="Classes that both touch.")
    team: bool = strawberry.field(description="Whether the same team carried it out.")
    at: strawberry.Private[int]

    @strawberry.field(description="The CIs that both touch, as they are now; one that is gone is left out.")
    async def cis(self, info: Info) -> list[Ci]:
        """By identifier."""
        return await cis_of(info, self.ci_ids, self.at)


@strawberry.type(description="How changes before failed: of a CI, a class or the team of this one, or of all changes.")
class PastFailures:
    """Failed, backed out and partly done ones count as failures; only changes whose outcome is known are counted."""

    kind: str = strawberry.field(description="`ci`, `class`, `team` or `all`.")
    name: str | None = strawberry.field(description="Identifier of the CI, class or team; null: all changes.")
    failed: int = strawberry.field(description="How many failed.")
    ended: int = strawberry.field(description="Of how many.")
    rate: float = strawberry.field(
        description="What counts, 0 to 1: that of few changes is drawn towards that of all. The risk takes the highest."
    )
    at: strawberry.Private[int]

    @strawberry.field(description="The CI that it is of, or that is the team, as it is now; null: there is none.")
    async def ci(self, info: Info) -> Ci | None:
        """Where it is of a CI, or the team is one."""
        found = await cis_of(info, [self.name] if self.kind in ("ci", "team") and self.name else [], self.at)
        return found[0] if found else None


def similar_of(each: Similar, at: int) -> SimilarChange:
    """As the schema has it; `at`: the revision of the review."""
    return SimilarChange(
        change_id=each.change.change_id, title=each.change.title, outcome=str(each.change.outcome),
        ended=each.ended, ci_ids=list(each.cis), classes=list(each.classes), team=each.team, at=at,
        edits=[SharedEdit(kind=edit.kind, ci_id=edit.ci_id, ci_class=edit.class_name) for edit in each.edits],
    )  # fmt: skip


def failures_of(review: "Review") -> list[PastFailures]:
    """Those that count most first, of all changes last."""
    at = review.estate.revision
    return [
        PastFailures(kind=past.kind, name=past.name, failed=past.failed, ended=past.ended, rate=rate, at=at)
        for past, rate in review.rates
    ]

"""Types of the schema: CIs that somebody may have meant by a few characters."""

from enum import Enum
from functools import partial
from typing import Annotated

import strawberry

from api.schema.items import Ci, ci_of
from api.schema.paging import Long
from api.schema.reading import Info, computed, reading_of

Text = Annotated[
    str,
    strawberry.argument(description="What somebody typed: an id, a name, pinyin or its initials."),
]
Most = Annotated[int, strawberry.argument(description="How many at the most, up to 100.")]
LIMIT, LARGEST = 20, 100
FOUND = 500  # that are looked for where not all of them may be shown
SPARE = 20  # more that are looked for: what was found may have come after the revision of the request


@strawberry.enum(description="How a CI matches, best first.")
class Match(Enum):
    """Matches as the schema spells them."""

    EXACT = strawberry.enum_value("exact", description="It is called so, or its pinyin is this.")
    PREFIX = strawberry.enum_value("prefix", description="What it is called begins so.")
    WORD = strawberry.enum_value("word", description="Each word begins a word of it.")
    FUZZY = strawberry.enum_value("fuzzy", description="It is spelt nearly so.")


@strawberry.type(description="A CI that was found.")
class SearchHit:
    """A hit."""

    ci: Ci = strawberry.field(description="The CI; retired ones are found, too.")
    match: Match = strawberry.field(description="How it matches.")
    score: float = strawberry.field(description="How well, 0 to 1; to be compared within one kind of match.")


@strawberry.type(description="What was found, the best first.")
class Search:
    """An answer of a search."""

    revision: Long = strawberry.field(
        description="The CIs are shown as of it; they are looked for in what there is now."
    )
    hits: list[SearchHit] = strawberry.field(description="Exact before prefix before word before fuzzy, then by score.")


async def found(info: Info, text: str, most: int) -> Search:
    """The best hits among the CIs that were there at the request's revision."""
    reading = reading_of(info)
    at = (await reading.estate()).revision
    wanted = max(1, min(most, LARGEST))
    most = FOUND if reading.principal.scopes else wanted + SPARE
    hits = await computed(partial(reading.register.searching.search, upto=at), text, most)
    if reading.principal.scopes:
        # that a name was found tells what it is
        seen = await reading.seen(at, [ci_id for ci_id, _ in hits])
        hits = [each for each in hits if each[0] in seen]
    kept = await reading.cis(at, [ci_id for ci_id, _ in hits])
    return Search(
        revision=Long(at),
        hits=[
            SearchHit(ci=ci_of(ci_id, each, at), match=Match[hit.match.name], score=hit.score)
            for (ci_id, hit), each in zip(hits, kept, strict=True)
            if each is not None
        ][:wanted],
    )


@strawberry.type
class SearchQuery:
    """Finding CIs."""

    @strawberry.field(description="Which CIs somebody may mean by a few characters.")
    async def search(self, info: Info, text: Text, most: Most = LIMIT) -> Search:
        """The best hits."""
        return await found(info, text, most)

"""The explorer at the door: what it needs beside the estate, and what it shows in words."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from api.texts import Texts
from api.words import class_words
from graph.errors import BadInputError, Message, ParamValue
from graph.values import shown, zone_of
from queries.blast_radius import BlastRadius
from queries.exploring import Beside, explore
from queries.folding import Kind
from queries.impact import Effect
from queries.picture import HIDDEN_VALUE, NO_VALUE, SEVERAL_VALUES, Direction, Grouping, Picture, Question, View

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate
    from graph.ontology import Ontology

TEXT_MOST = 5_000  # CIs that a text may find
NAMES = 3  # that a sentence says
NO_IDS = (NO_VALUE, SEVERAL_VALUES, HIDDEN_VALUE)  # values of groups that are no CI
Shown = Callable[[Sequence[str]], Collection[str]]


def picture_of(
    register: "Register",
    estate: "Estate",
    question: Question,
    radius: BlastRadius | None = None,
    shown_by_name: Shown | None = None,
) -> Picture:
    """The picture of a view at the revision of the estate; BadInputError as `queries.exploring.explore`.

    `shown_by_name`: those of some CIs that whoever asks is shown by name, `None`: all. Of others nobody is told whose
    they are, and no text finds them.
    """
    limits = question.filter
    beside = Beside()
    if limits.statuses or limits.owners or question.grouping == Grouping.OWNER:
        known = register.beside.at(estate.revision)
        beside = Beside(known.statuses, known.owners)
    if limits.text:
        hits = register.searching.search_at(estate.revision, limits.text, TEXT_MOST, fuzzy=False)
        found = [ci_id for ci_id, _ in hits]
        beside = Beside(beside.statuses, beside.owners, found, len(found) < TEXT_MOST)
    return explore(estate, register.store.ontology, question, replace(beside, shown=shown_by_name), radius)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a picture shows, in words: the view, its filters, and how much of it is drawn."""

    view: Message
    filters: tuple[Message, ...]
    drawn: tuple[Message, ...]


def ids_told(picture: Picture, radius: BlastRadius | None) -> list[str]:
    """The CIs whose names a picture says: those drawn, those that groups are called by, those of its sentence."""
    question, limits = picture.question, picture.question.filter
    given = [*question.cis[:NAMES], *limits.owners[:NAMES], *limits.sites[:NAMES]]
    for effect in Effect:
        given += [] if radius is None else _seeds(radius, effect)[:NAMES]
    if question.grouping in (Grouping.SITE, Grouping.OWNER):
        boxes = [box for box, kind in enumerate(picture.boxes.kind.tolist()) if kind == Kind.ALIKE]
        given += [value for value in map(picture.group_value, boxes) if value not in NO_IDS]
    return list(dict.fromkeys([*picture.estate.ids.some(picture.drawn), *given]))


def _seeds(radius: BlastRadius, effect: Effect) -> list[str]:
    return [radius.estate.ids[ci] for ci, what in radius.found.seeds.items() if what == effect]


def telling_of(
    picture: Picture,
    say: Texts,
    ontology: "Ontology",
    radius: BlastRadius | None,
    names: Mapping[str, str],
    *,
    is_limited: bool = False,
) -> Telling:
    """The parts of the sentence that a picture opens with; `names`: of CIs that it may say, others are told by id."""
    telling = _Telling(picture, say, ontology, names)
    what_if = [] if radius is None else [telling.what_if(radius)]
    return Telling(telling.view(), (*telling.filters(), *what_if), tuple(_drawn(picture, is_limited=is_limited)))


def sentence_of(picture: Picture, telling: Telling, say: Texts, moment: Message | None = None) -> str:
    """The whole sentence; `moment`: of a picture of the past, what it says of that."""
    parts = telling.filters if moment is None else (*telling.filters, moment)
    return say(
        "explorer.sentence", view=say.say(telling.view), filters="".join(map(say.say, parts)),
        cis=f"{len(picture.seen.cis):,}", pairs=f"{len(picture.pairs):,}",
    )  # fmt: skip


def moment_said(moment: datetime, zone: str) -> Message:
    """A moment as a sentence says it: in that zone, which it names.

    Raises BadInputError `door.as_of` for one that the zone cannot say, `explorer.future` for one that has not been.
    """
    try:
        here = moment.astimezone(zone_of(zone))
    except OverflowError as error:
        raise BadInputError("door.as_of", value=moment.isoformat()) from error
    said = here.replace(tzinfo=None).isoformat(" ", "seconds").removesuffix(":00")
    if moment > datetime.now(UTC):
        raise BadInputError("explorer.future", moment=said, zone=zone)
    return Message("explorer.moment", {"moment": said, "zone": zone})


@dataclass(frozen=True, slots=True)
class _Telling:
    picture: Picture
    say: Texts
    ontology: "Ontology"
    names: Mapping[str, str]

    def view(self) -> Message:
        """What the picture is of."""
        question = self.picture.question
        if question.view == View.QUERY:
            return Message("explorer.view_query", {})
        if question.view == View.PATHS:
            return self._ways()
        names: dict[str, ParamValue] = {"names": self._all(question.cis), "count": len(question.cis)}
        if question.view != View.NEIGHBOURHOOD:
            return Message(f"explorer.view_{question.view}", names)
        direction = {Direction.UP: "up", Direction.DOWN: "down", Direction.BOTH: "both"}[question.direction]
        if question.hops is None:
            return Message(f"explorer.view_{direction}_far", names)
        return Message(f"explorer.view_{direction}", {**names, "hops": question.hops})

    def _ways(self) -> Message:
        found, ends = self.picture.ways, self.picture.question.cis
        count = 0 if found is None else len(found.paths)
        if found is None or not found.paths:
            unknown = found is not None and not found.complete
            key = "explorer.view_paths_unknown" if unknown else "explorer.view_paths_none"
        else:
            ends = self.picture.estate.ids.some([found.paths[0][0], found.paths[0][-1]])
            key = "explorer.view_paths" if found.complete else "explorer.view_paths_most"
        return Message(key, {"dependent": self._one(ends[0]), "provider": self._one(ends[1]), "count": count})

    def filters(self) -> Iterator[Message]:
        """What is left out, each in words."""
        limits, say, comma = self.picture.question.filter, self.say, self.say("impact.comma")
        if limits.classes:
            classes = comma.join(shown(class_words(name, say, self.ontology)) for name in limits.classes)
            yield Message("explorer.of_class", {"classes": classes, "count": len(limits.classes)})
        if limits.statuses:
            yield Message(
                "explorer.of_status", {"statuses": comma.join(_status(name, say) for name in limits.statuses)}
            )
        if limits.owners:
            yield Message("explorer.of_owner", {"names": self._all(limits.owners)})
        if limits.sites:
            yield Message("explorer.of_site", {"names": self._all(limits.sites)})
        if limits.text:
            yield Message("explorer.of_text", {"text": shown(limits.text)})
        if limits.affected:
            yield Message("explorer.of_affected", {})

    def what_if(self, radius: BlastRadius) -> Message:
        """What happens to the seeds."""
        effects = set(radius.found.seeds.values())
        if len(effects) == 1 and {radius.estate.ids[ci] for ci in radius.found.seeds} == set(self.picture.question.cis):
            # those that the sentence has named already
            key = f"explorer.what_if_it_{effects.pop().name.lower()}"
            return Message(key, {"count": len(self.picture.question.cis)})
        clauses = []
        for effect in Effect:
            seeds = _seeds(radius, effect)
            if seeds:
                key = f"impact.seeds_{effect.name.lower()}"
                clauses.append(self.say(key, names=self._all(seeds), count=len(seeds)))
        return Message("explorer.what_if", {"seeds": self.say("impact.and").join(clauses)})

    def _one(self, ci_id: str) -> str:
        name = self.names.get(ci_id, ci_id)
        return ci_id if name == ci_id else self.say("impact.named", name=shown(name), id=ci_id)

    def _all(self, ci_ids: Sequence[str]) -> str:
        said, comma = [self._one(ci_id) for ci_id in ci_ids[:NAMES]], self.say("impact.comma")
        if len(ci_ids) > NAMES:
            return self.say("explorer.more_names", names=comma.join(said), count=len(ci_ids) - NAMES)
        return comma.join(said[:-1]) + (self.say("impact.and") if len(said) > 1 else "") + said[-1]


def _status(name: str, say: Texts) -> str:
    key = f"pages.status_{name}"
    return say(key) if key in say.all else shown(name)


def _drawn(picture: Picture, *, is_limited: bool) -> Iterator[Message]:
    hidden = picture.total - picture.shown
    if hidden:
        counts = {"shown": picture.shown, "total": picture.total, "hidden": hidden}
        yield Message("explorer.drawn_some", {name: f"{count:,}" for name, count in counts.items()})
    if not picture.complete:
        if picture.ways is not None and not picture.ways.complete:
            yield Message("explorer.incomplete_paths", {})
        elif is_limited:
            yield Message("explorer.incomplete_scopes", {})
        else:
            yield Message("explorer.incomplete_text", {"most": f"{TEXT_MOST:,}"})
    elif not hidden:
        yield Message("explorer.drawn_all", {})

"""The explorer at the door: what it needs beside the estate, and what it shows in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.texts import Texts
from api.words import class_words, named
from graph.errors import Message, ParamValue
from graph.values import shown
from queries.blast_radius import BlastRadius
from queries.exploring import Beside, explore
from queries.impact import Effect
from queries.picture import Direction, Grouping, Picture, Question, View

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate
    from graph.ontology import Ontology

TEXT_MOST = 5_000  # CIs that a text may find
NAMES = 3  # that a sentence says


def picture_of(
    register: "Register", estate: "Estate", question: Question, radius: BlastRadius | None = None
) -> Picture:
    """The picture of a view at the revision of the estate; BadInputError as `queries.exploring.explore`."""
    limits = question.filter
    beside = Beside()
    if limits.statuses or limits.owners or question.grouping == Grouping.OWNER:
        known = register.beside.at(estate.revision)
        beside = Beside(known.statuses, known.owners)
    if limits.text:
        found = [ci_id for ci_id, _ in register.searching.search(limits.text, TEXT_MOST, fuzzy=False)]
        beside = Beside(beside.statuses, beside.owners, found, len(found) < TEXT_MOST)
    return explore(estate, register.store.ontology, question, beside, radius)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a picture shows, in words: the view, its filters, and how much of it is drawn."""

    view: Message
    filters: tuple[Message, ...]
    drawn: tuple[Message, ...]


def telling_of(picture: Picture, say: Texts, ontology: "Ontology", radius: BlastRadius | None) -> Telling:
    """The parts of the sentence that a picture opens with."""
    return Telling(
        _view(picture, say),
        (*_filters(picture, say, ontology), *([] if radius is None else [_what_if(picture, radius, say)])),
        tuple(_drawn(picture)),
    )


def sentence_of(picture: Picture, telling: Telling, say: Texts) -> str:
    """The whole sentence."""
    return say(
        "explorer.sentence", view=say.say(telling.view), filters="".join(map(say.say, telling.filters)),
        cis=f"{len(picture.seen.cis):,}", pairs=f"{len(picture.pairs):,}",
    )  # fmt: skip


def _view(picture: Picture, say: Texts) -> Message:
    question, estate = picture.question, picture.estate
    if question.view == View.QUERY:
        return Message("explorer.view_query", {})
    if question.view == View.PATHS:
        return _ways(picture)
    names: dict[str, ParamValue] = {"names": _names(estate, question.cis, say), "count": len(question.cis)}
    if question.view != View.NEIGHBOURHOOD:
        return Message(f"explorer.view_{question.view}", names)
    direction = {Direction.UP: "up", Direction.DOWN: "down", Direction.BOTH: "both"}[question.direction]
    if question.hops is None:
        return Message(f"explorer.view_{direction}_far", names)
    return Message(f"explorer.view_{direction}", {**names, "hops": question.hops})


def _ways(picture: Picture) -> Message:
    found, estate = picture.ways, picture.estate
    dependent, provider = (_number(estate, ci_id) for ci_id in picture.question.cis)
    if found is None or not found.paths:
        unknown = found is not None and not found.complete
        key = "explorer.view_paths_unknown" if unknown else "explorer.view_paths_none"
    else:
        dependent, provider = found.paths[0][0], found.paths[0][-1]
        key = "explorer.view_paths" if found.complete else "explorer.view_paths_most"
    count = 0 if found is None else len(found.paths)
    return Message(key, {"dependent": named(estate, dependent), "provider": named(estate, provider), "count": count})


def _number(estate: "Estate", ci_id: str) -> int:
    found = estate.find(ci_id)
    if found is None:  # the picture was made of it
        raise KeyError(ci_id)
    return found


def _names(estate: "Estate", ci_ids: Sequence[str], say: Texts) -> str:
    said = [named(estate, _number(estate, ci_id)) for ci_id in ci_ids[:NAMES]]
    names = say("impact.comma").join(said[:-1]) + (say("impact.and") if len(said) > 1 else "") + said[-1]
    if len(ci_ids) > NAMES:
        return say("explorer.more_names", names=say("impact.comma").join(said), count=len(ci_ids) - NAMES)
    return names


def _filters(picture: Picture, say: Texts, ontology: "Ontology") -> Iterator[Message]:
    limits, estate, comma = picture.question.filter, picture.estate, say("impact.comma")
    if limits.classes:
        classes = comma.join(shown(class_words(name, say, ontology)) for name in limits.classes)
        yield Message("explorer.of_class", {"classes": classes, "count": len(limits.classes)})
    if limits.statuses:
        statuses = comma.join(_status(name, say) for name in limits.statuses)
        yield Message("explorer.of_status", {"statuses": statuses})
    if limits.owners:
        yield Message("explorer.of_owner", {"names": _names(estate, limits.owners, say)})
    if limits.sites:
        yield Message("explorer.of_site", {"names": _names(estate, limits.sites, say)})
    if limits.text:
        yield Message("explorer.of_text", {"text": shown(limits.text)})
    if limits.affected:
        yield Message("explorer.of_affected", {})


def _status(name: str, say: Texts) -> str:
    key = f"pages.status_{name}"
    return say(key) if key in say.all else shown(name)


def _what_if(picture: Picture, radius: BlastRadius, say: Texts) -> Message:
    effects = set(radius.found.seeds.values())
    if len(effects) == 1 and {radius.estate.ids[ci] for ci in radius.found.seeds} == set(picture.question.cis):
        # those that the sentence has named already
        return Message(f"explorer.what_if_it_{effects.pop().name.lower()}", {"count": len(picture.question.cis)})
    clauses = []
    for effect in Effect:
        seeds = [radius.estate.ids[ci] for ci, what in sorted(radius.found.seeds.items()) if what == effect]
        if seeds:
            names = _names(radius.estate, seeds, say)
            clauses.append(say(f"impact.seeds_{effect.name.lower()}", names=names, count=len(seeds)))
    return Message("explorer.what_if", {"seeds": say("impact.and").join(clauses)})


def _drawn(picture: Picture) -> Iterator[Message]:
    hidden = picture.total - picture.shown
    if hidden:
        counts = {"shown": picture.shown, "total": picture.total, "hidden": hidden}
        yield Message("explorer.drawn_some", {name: f"{count:,}" for name, count in counts.items()})
    if not picture.complete:
        if picture.ways is not None and not picture.ways.complete:
            yield Message("explorer.incomplete_paths", {})
        else:
            yield Message("explorer.incomplete_text", {"most": f"{TEXT_MOST:,}"})
    elif not hidden:
        yield Message("explorer.drawn_all", {})

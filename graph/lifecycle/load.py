"""A life cycle read strictly from its data file: what does not fit together is refused at start, by name."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from graph.errors import BadInputError
from graph.lifecycle.types import Applies, Category, Decided, Decision, Lifecycle, Step
from graph.ontology import Ontology, load_ontology
from graph.values import ValueRefused, parse_duration, shown

LANGUAGES = ("en", "zh")
CLOSED = "closed"  # the status that every change can come to (R11.2h)
NOTICES = ("authority", "owners", "customers", "requester", "team")
STAMPS = ("<now>", "<actor>")
TOP = ("name", "version", "initial", "final", "category", "step")
WATCH, WATCHING = "watch", ("requester", "authority", "team")
CATEGORY = ("name", "decided", "voices", "within", "answers")
STEP = ("id", "name", "categories", "from", "to", "roles", "needs", "sets", "decides", "notices", "applies", "takes")


@cache
def load_lifecycle(path: Path | None = None, roles: frozenset[str] | None = None) -> Lifecycle:
    """The life cycle of the package, or of an organisation's file; `roles`: those that there are, `None`: any.

    Raises BadInputError `lifecycle.*`, naming the entry that does not fit.
    """
    source = resources.files("graph.lifecycle") / "data" / "default.toml" if path is None else path
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("lifecycle.unreadable", file=str(path), reason=str(error)) from error
    return lifecycle_from(text, load_ontology(), roles)


def lifecycle_from(text: str, ontology: Ontology, roles: frozenset[str] | None = None) -> Lifecycle:
    """The life cycle that a TOML text declares.

    Raises
    ------
    BadInputError
        `lifecycle.syntax`, `lifecycle.entries`, `lifecycle.value`; of steps that do not fit together
        `lifecycle.two_steps`, `lifecycle.dead_end`, `lifecycle.no_way_to_close`, `lifecycle.unreached`,
        `lifecycle.no_decision`.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError("lifecycle.syntax", reason=str(error)) from error
    _only("", found, (*TOP, WATCH), needed=TOP)
    name, version = found["name"], found["version"]
    if not isinstance(name, str) or not name.isidentifier():
        _refuse("name", name)
    if type(version) is not int or version < 1:
        _refuse("version", version)
    fields = ontology.record_types["changes"].fields
    reader = _Reader(fields["status"].choices, frozenset(fields), fields["category"].choices, roles)
    categories = {key: reader.category(key, each) for key, each in _table("category", found["category"]).items()}
    steps = tuple(reader.step(number, each, categories) for number, each in enumerate(_list("step", found["step"])))
    final = reader.words("final", found["final"], reader.statuses)
    (initial,) = reader.words("initial", [found["initial"]], reader.statuses)
    watch = tuple(reader.words(WATCH, found.get(WATCH, list(WATCHING)), frozenset(NOTICES)))
    made = Lifecycle(f"{name}@{version}", initial, frozenset(final), MappingProxyType(categories), steps, watch)
    reached = {category.id: _check(made, category) for category in categories.values()}
    for step in steps:
        for start in sorted(step.starts):
            if not any(start in reached[name] for name in step.categories):
                raise BadInputError("lifecycle.unreached", step=step.id, status=start)
    return made


class _Reader:
    """Reads entries, each against the words that there are."""

    def __init__(
        self, statuses: Iterable[str], fields: frozenset[str], categories: Iterable[str], roles: frozenset[str] | None
    ) -> None:
        self.statuses = frozenset(statuses)
        self._fields, self._categories, self._roles = fields, frozenset(categories), roles

    def category(self, name: str, found: Any) -> Category:
        at = f"category.{name}"
        if name not in self._categories:
            _refuse(at, name)
        _only(at, found, CATEGORY, needed=("name", "decided", "voices"))
        (decided,) = self.words(f"{at}.decided", [found["decided"]], frozenset(get_args(Decided)))
        voices, within = found["voices"], found.get("within")
        if type(voices) is not int or not 1 <= voices <= 50:
            _refuse(f"{at}.voices", voices)
        if (within is not None) != (decided == "after"):
            _refuse(f"{at}.within", within)
        answers = found.get("answers", False)
        if not isinstance(answers, bool):
            _refuse(f"{at}.answers", answers)
        seconds = self._seconds(f"{at}.within", within)
        return Category(name, _words(at, found["name"]), decided, voices, seconds, answers)  # type: ignore[arg-type]

    def step(self, number: int, found: Any, categories: Mapping[str, Category]) -> Step:
        at = f"step {number + 1}"
        _only(at, found, STEP, needed=("id", "name", "from", "roles"))
        name = found["id"]
        if not isinstance(name, str) or not name.isidentifier():
            _refuse(f"{at}.id", name)
        at = f"step {number + 1} ({name})"
        decides = found.get("decides")
        if decides is not None:
            self.words(f"{at}.decides", [decides], frozenset(get_args(Decision)))
        applies = found.get("applies")
        if applies is not None:
            self.words(f"{at}.applies", [applies], frozenset(get_args(Applies)))
        to = found.get("to")
        if to is None and decides is None:
            _refuse(f"{at}.to", to)
        own = found.get("categories")
        return Step(
            id=name,
            words=_words(at, found["name"]),
            categories=frozenset(
                categories if own is None else self.words(f"{at}.categories", own, frozenset(categories))
            ),
            starts=frozenset(self.words(f"{at}.from", found["from"], self.statuses)),
            to=None if to is None else self.words(f"{at}.to", [to], self.statuses)[0],
            roles=frozenset(self.words(f"{at}.roles", found["roles"], self._roles)),
            needs=self._needs(f"{at}.needs", found.get("needs", [])),
            sets=self._sets(f"{at}.sets", found.get("sets", {})),
            decides=decides,
            notices=tuple(self.words(f"{at}.notices", found.get("notices", []), frozenset(NOTICES))),
            applies=applies,
            takes=self._needs(f"{at}.takes", found.get("takes", [])),
        )

    def words(self, at: str, found: Any, known: frozenset[str] | None) -> list[str]:
        for each in _list(at, found):
            if not isinstance(each, str) or (known is not None and each not in known):
                _refuse(at, each)
        return list(found)

    def _needs(self, at: str, found: Any) -> tuple[str, ...]:
        for each in self.words(at, found, None):
            for part in each.split("|"):
                if part.partition(".")[0] not in self._fields:
                    _refuse(at, part)
        return tuple(found)

    def _sets(self, at: str, found: Any) -> Mapping[str, str]:
        for name, value in _table(at, found).items():
            stamped = isinstance(value, str) and (not value.startswith("<") or value in STAMPS)
            if name not in self._fields or not stamped:
                _refuse(f"{at}.{name}", value)
        return MappingProxyType(dict(found))

    def _seconds(self, at: str, found: Any) -> int | None:
        if found is None:
            return None
        try:
            return parse_duration(found)
        except ValueRefused:
            _refuse(at, found)
            raise


def _check(made: Lifecycle, category: Category) -> set[str]:
    # every status that a change of this category comes to leads on, and to its close; those statuses
    name = category.id
    seen: set[tuple[str, str]] = set()
    for step in made.steps:
        for start in step.starts if name in step.categories else ():
            if (step.id, start) in seen:
                raise BadInputError("lifecycle.two_steps", step=step.id, status=start, category=name)
            seen.add((step.id, start))
    onward = {status: {step.to or status for step in made.steps_from(status, name)} - {status} for status in _all(made)}
    reached = _closure(made.initial, onward)
    ends = {status for status in reached if not onward[status]}
    if dead := sorted(ends - made.final):
        raise BadInputError("lifecycle.dead_end", status=dead[0], category=name)
    if left := sorted(made.final & {status for status in reached if onward[status]}):
        raise BadInputError("lifecycle.final_leads_on", status=left[0], category=name)
    for status in sorted(reached - made.final):
        if not _closure(status, onward) & made.final:
            raise BadInputError("lifecycle.dead_end", status=status, category=name)
    if CLOSED not in reached:
        raise BadInputError("lifecycle.no_way_to_close", category=name)
    approving = any(step.decides == "approved" and name in step.categories for step in made.steps)
    if (category.decided == "template") == approving:
        raise BadInputError("lifecycle.no_decision", category=name, decided=category.decided)
    return reached


def _all(made: Lifecycle) -> set[str]:
    targets = {step.to for step in made.steps if step.to is not None}
    return {made.initial, *made.final, *targets}.union(*(step.starts for step in made.steps))


def _closure(start: str, onward: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for each in onward[waiting.pop()] - found:
            found.add(each)
            waiting.append(each)
    return found


def _words(at: str, found: Any) -> Mapping[str, str]:
    _only(f"{at}.name", found, LANGUAGES, needed=LANGUAGES)
    for language, word in found.items():
        if not isinstance(word, str) or not word.strip():
            _refuse(f"{at}.name.{language}", word)
    return MappingProxyType(dict(found))


def _only(at: str, found: Any, known: Iterable[str], *, needed: Iterable[str]) -> None:
    given = set(_table(at, found))
    missing, strange = sorted(set(needed) - given), sorted(given - set(known))
    if missing or strange:
        params = {"missing": ", ".join(missing) or "-", "strange": shown(", ".join(strange)) or "-"}
        raise BadInputError("lifecycle.entries", at=at or "-", **params)


def _table(at: str, found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        _refuse(at, found)
    table: Mapping[str, Any] = found
    return table


def _list(at: str, found: Any) -> list[Any]:
    if not isinstance(found, list):
        _refuse(at, found)
    some: list[Any] = found
    return some


def _refuse(at: str, value: object) -> None:
    raise BadInputError("lifecycle.value", entry=at, value=shown(value))

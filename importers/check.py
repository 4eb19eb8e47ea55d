"""Each observation by itself: is it a thing the ontology knows, with fields that can be kept (second level)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from rapidfuzz import fuzz, process

from graph.errors import Message, ParamValue
from graph.fields import EVERYTHING, Parser, kept_text, parser_of
from graph.ontology import Field, Ontology, RelationshipType
from graph.values import State, Value, ValueRefused, parse_id, parse_quorum, parse_text, parse_time, shown
from importers.model import (
    CiObservation,
    Finding,
    Observation,
    Place,
    Raw,
    RecordObservation,
    RelationshipObservation,
    Weight,
)
from importers.rows import CiRow, RecordRow, RelationshipRow, Row, ShorthandRow, joined_key

LONGEST_KEY = 1_000  # characters of what an index holds; Neo4j's ends at 8 kB
INDEXED = ("serial", "fqdn")
QUORUM_FIELDS = ("redundancy_group", "min_available")
NAMING = ("ci", "cis", "affected")  # types of fields that name CIs


class _Refused(Exception):  # noqa: N818 - leaves one row, is never shown
    def __init__(self, key: str, field: str | None = None, **params: ParamValue) -> None:
        super().__init__(key)
        self.message, self.field = Message(key, params), field


class Checker:
    """Turns observations into rows and findings; remembers only which columns it has warned of."""

    def __init__(self, ontology: Ontology, zone: str, same: Mapping[str, str] = MappingProxyType({})) -> None:
        self._ontology = ontology
        self._same = same  # by id the CI that a person has said it is (SEMANTICS 7)
        self._zone = zone
        self._shorthands = ontology.shorthands
        self._parsers: dict[int, Parser] = {}
        self._fields_of_class = {name: c.fields for name, c in ontology.classes.items()}
        self._any_class: Mapping[str, Field] = {
            name: field for c in reversed(list(ontology.classes.values())) for name, field in c.fields.items()
        }
        self._warned: set[tuple[str, str, str]] = set()
        self._files: dict[str, int] = {}

    @property
    def files(self) -> list[str]:
        """The files named so far; rows carry the index."""
        return list(self._files)

    def rows(self, seen: Observation, scope: int) -> Iterator[Row | Finding]:
        """The rows that an observation makes, and what there is to say of it."""
        file = self._files.setdefault(seen.place.file, len(self._files))
        found: list[Row | Finding] = []
        try:
            match seen:
                case CiObservation():
                    self._ci(seen, scope, file, found)
                case RelationshipObservation():
                    self._relationship(seen, scope, file, found)
                case RecordObservation():
                    self._record(seen, scope, file, found)
        except _Refused as refused:
            yield from (item for item in found if isinstance(item, Finding))
            yield Finding(Weight.REJECTED, seen.place, refused.message, refused.field)
        else:
            yield from found

    def _ci(self, seen: CiObservation, scope: int, file: int, found: list[Row | Finding]) -> None:
        line = seen.place.line or 0
        key = self._id(seen.ci_id, "ci_id", seen.place, found)
        class_name = seen.values.get("ci_class")
        fields = self._class_fields(class_name)
        given, cleared = self._fields(seen.values, fields, seen.place, found, skip="ci_class")
        if class_name:
            given["ci_class"] = str(class_name).strip()
        for name in ("name", "ci_class"):
            if name in cleared:
                raise _Refused("row.required", name)
        shorthands = []
        for name, relationship_type in self._shorthands.items():
            if name in given or name in cleared:
                target = given.pop(name, None)
                if target == key:
                    raise _Refused("row.self_loop", name, ci_id=shown(key))
                shorthands.append((name, relationship_type, None if target is None else str(target)))
        for name in INDEXED:
            _refuse_long(str(given.get(name, "")), name)
        cleared = [name for name in cleared if name not in self._shorthands]
        found.append(CiRow(scope, file, line, key, given, cleared, seen.partial))
        for name, relationship_type, target in shorthands:
            found.append(ShorthandRow(scope, file, line, name, key, relationship_type, target, -1))

    def _class_fields(self, class_name: Raw) -> Mapping[str, Field]:
        if not class_name:
            return self._any_class
        fields = self._fields_of_class.get(str(class_name).strip())
        if fields is None:
            raise _Refused(
                "row.unknown_class",
                "ci_class",
                value=shown(class_name),
                nearest=_nearest(str(class_name), self._fields_of_class),
            )
        return fields

    def _relationship(self, seen: RelationshipObservation, scope: int, file: int, found: list[Row | Finding]) -> None:
        source = self._id(seen.source, "source", seen.place, found)
        target = self._id(seen.target, "target", seen.place, found)
        kind = self._ontology.relationship_types.get(seen.type.strip())
        if kind is None:
            nearest = _nearest(seen.type, self._ontology.relationship_types)
            raise _Refused("row.unknown_type", "type", value=shown(seen.type), nearest=nearest)
        if source == target:
            raise _Refused("row.self_loop", "target", ci_id=shown(source))
        plain = {name: raw for name, raw in seen.values.items() if name not in ("strength", *QUORUM_FIELDS)}
        given, cleared = self._fields(plain, kind.fields, seen.place, found)
        self._strength(seen, kind, given, cleared, found)
        row = RelationshipRow(scope, file, seen.place.line or 0, source, kind.id, target, given, cleared)
        found.append(row)

    def _strength(
        self,
        seen: RelationshipObservation,
        kind: RelationshipType,
        given: State,
        cleared: list[str],
        found: list[Row | Finding],
    ) -> None:
        values = seen.values
        strength = str(values.get("strength") or "").strip().lower()
        group, quorum = values.get("redundancy_group"), values.get("min_available")
        if strength not in ("", "hard", "soft"):
            raise _Refused("values.choice", "strength", value=shown(strength), choices="hard, soft")
        if kind.provider is None and (strength or group or quorum):
            if group or quorum:
                raise _Refused("row.no_impact", "redundancy_group", type=kind.id)
            found.append(_warning(seen.place, "row.strength_unused", "strength", type=kind.id))
            return
        if strength:
            given["strength"] = strength
        if quorum not in (None, "") and group in (None, ""):
            raise _Refused("row.quorum_without_group", "min_available")
        if group not in (None, ""):
            if strength == "soft":
                raise _Refused("row.soft_member", "redundancy_group", group=shown(group))
            given["redundancy_group"] = self._one("redundancy_group", group, _group_name)
        elif "redundancy_group" in values and group is None:
            cleared += QUORUM_FIELDS
        if quorum not in (None, ""):
            given["min_available"] = self._one("min_available", quorum, parse_quorum)

    def _record(self, seen: RecordObservation, scope: int, file: int, found: list[Row | Finding]) -> None:
        record = self._ontology.record_types[seen.kind]
        zone = str(seen.values.get("zone") or self._zone) if "zone" in record.fields else self._zone
        given, cleared = self._fields(seen.values, record.fields, seen.place, found, zone=zone)
        key = [str(given.get(name, "")) for name in record.key]
        for name in (name for name, field in record.fields.items() if field.required):
            if name in cleared or (name in record.key and name not in given):
                raise _Refused("row.required", name)
        if not any(key):
            raise _Refused("row.required", record.key[0])
        cis = _cis_named(given, record.fields)
        joined = joined_key(key)
        _refuse_long(joined, record.key[0])
        found.append(RecordRow(scope, file, seen.place.line or 0, seen.kind, joined, given, cleared, cis))

    def _fields(
        self,
        values: Mapping[str, Raw],
        fields: Mapping[str, Field],
        place: Place,
        found: list[Row | Finding],
        *,
        skip: str = "",
        zone: str | None = None,
    ) -> tuple[State, list[str]]:
        given: State = {}
        cleared: list[str] = []
        unzoned = False
        for name, raw in values.items():
            if raw == "" or name == skip:
                continue
            field = fields.get(name)
            kept = name if field else self._one(name, name, _field_name)
            if kept in given or kept in cleared:
                raise _Refused("row.column_twice", kept, column=shown(kept))
            if raw is None or raw == []:
                cleared.append(kept)
            elif field is None:
                self._undeclared(kept, fields, place, found)
                given[kept] = self._one(kept, raw, kept_text)
            elif field.type == "time":
                time = self._time(field, raw, zone or self._zone)
                given[name] = time[0]
                unzoned = unzoned or not time[1]
            else:
                parser = self._parsers.get(id(field)) or self._parsers.setdefault(id(field), parser_of(field))
                given[name] = self._one(name, raw, parser)
                if self._same and field.type in NAMING:
                    given[name] = self._meant(given[name])
        if unzoned and "zone" in fields:
            given.setdefault("zone", zone or self._zone)
        if not all(given.values()):
            given = {name: value for name, value in given.items() if value not in ("", [])}
        return given, cleared

    def _one(self, name: str, raw: Raw, parser: Parser) -> str:
        try:
            return parser(raw)  # type: ignore[return-value]  # a kept value of the field's type; callers know which
        except ValueRefused as refused:
            raise _Refused(refused.message.key, name, **refused.message.params) from None

    def _meant(self, named: Value) -> Value:
        """The same of a field that names CIs, each with what is said of it after `=`."""
        if not isinstance(named, list):
            return self._same.get(str(named), named)
        parts = (item.partition("=") for item in named)
        # in order and each once, as they are read
        return sorted({self._same.get(ci_id, ci_id) + sign + said for ci_id, sign, said in parts})

    def _time(self, field: Field, raw: Raw, zone: str) -> tuple[str, bool]:
        try:
            parsed = parse_time(kept_text(raw), zone)
        except ValueRefused as refused:
            raise _Refused(refused.message.key, field.id, **refused.message.params) from None
        return parsed.utc, parsed.zoned

    def _id(self, text: str, field: str, place: Place, found: list[Row | Finding]) -> str:
        key = self._one(field, text, parse_id)
        if key != text:
            found.append(_warning(place, "row.id_normalised", field, given=shown(text), kept=shown(key)))
        return self._same.get(key, key)

    def _undeclared(self, name: str, fields: Mapping[str, Field], place: Place, found: list[Row | Finding]) -> None:
        seen = (place.file, name, "")
        if seen not in self._warned:
            self._warned.add(seen)
            nearest = _nearest(name, fields)
            found.append(_warning(place, "row.undeclared_column", name, column=shown(name), nearest=nearest))


def _refuse_long(text: str, field: str) -> None:
    if len(text) > LONGEST_KEY:
        raise _Refused("values.id_too_long", field, value=shown(text), length=len(text))


def _warning(place: Place, key: str, field: str, **params: ParamValue) -> Finding:
    return Finding(Weight.WARNING, place, Message(key, params), field)


def _nearest(word: str, words: Mapping[str, object]) -> str:
    found = process.extractOne(word[:100].strip().lower(), list(words), scorer=fuzz.ratio)
    return str(found[0]) if found else ""


def _group_name(raw: Raw) -> str:
    name = parse_text(kept_text(raw).strip(), name=True)
    if len(name) > 200:
        raise ValueRefused("id_too_long", value=shown(name), length=len(name))
    return name


def _field_name(raw: Raw) -> str:
    name = parse_text(str(raw).strip(), name=True)
    # the store's own names begin with fl_, and a line of NDJSON names its table in `table`
    if not name or len(name) > 200 or name.startswith("fl_") or name == "table":
        raise ValueRefused("column_name", value=shown(name))
    return name


def _cis_named(given: State, fields: Mapping[str, Field]) -> list[str]:
    named: list[str] = []
    for name, value in given.items():
        kind = fields[name].type if name in fields else ""
        if kind == "ci":
            named.append(str(value))
        elif kind in ("cis", "affected") and isinstance(value, list):
            named += [item.partition("=")[0] for item in value if item != EVERYTHING]
    return named

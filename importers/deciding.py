"""A person decides a conflict of an import: the row is one of the CIs that it may be, or none of them (SEMANTICS 7).

The next run of its data source follows it. A decision is one revision of one thing, in the transaction that sets where
its conflict stands: it is there wholly or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import BadInputError
from graph.history import CI, DECISION, Header
from graph.store import Edit, Store
from graph.store.conflicts import (
    DISTINCT,
    OPEN,
    QUORUM,
    RESOLVED,
    SAME,
    VANISHED,
    Decision,
    KeptConflict,
    decisions,
    find,
    same_as,
    state_statement,
)
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.values import shown
from importers.direct import PERSON, require


class UnknownConflictError(BadInputError):
    """There is no such conflict: `identity.unknown_conflict`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says: `same` as the CI `ci_id`, `distinct` from all, or `None` to take back what was said.

    `expected`: the last revision of the decision as the person knows it, 0: none yet. Absent, a decision that says
    something else is not overwritten.
    """

    conflict: str
    answer: str | None
    ci_id: str | None = None
    expected: int | None = None


def decide(store: Store, said: Answer, actor: str) -> int:
    """Keep a decision, or take it back; the revision after it. The same again changes nothing.

    Raises
    ------
    UnknownConflictError
        There is no such conflict.
    BadInputError
        `identity.edit_group`: it is about a group, which is edited; `identity.vanished`: no run meets it any more;
        `identity.which`, `identity.no_candidate`: the row may not be that CI; `identity.own_row`: that CI has a row of
        its own in the same input; `identity.not_there`: the register has no such CI now; `identity.said_already`:
        another decision says otherwise; `identity.circle`: rows of that CI are said to be this one;
        `identity.too_many`: not all are listed that it shall be none of.
    RevisionConflictError
        It has been decided otherwise meanwhile.
    """

    def plan(reader: Reader) -> Draft:
        kept = find(reader, said.conflict)
        if kept is None:
            raise UnknownConflictError("identity.unknown_conflict", conflict=shown(said.conflict))
        if kept.conflict.kind == QUORUM:
            conflict = kept.conflict
            raise BadInputError("identity.edit_group", ci_id=shown(conflict.ci_id), group=shown(conflict.group))
        found = reader.read(DECISION, [kept.id]).get(kept.id)
        wanted = None if said.answer is None else _decision(reader, kept, said)
        if found is None and wanted is None:
            require(reader, DECISION, kept.id, said.expected)
            return Draft([])
        if found is not None and wanted is not None and found.thing == wanted.thing(PERSON):
            return Draft([])
        unsaid = 0 if wanted is not None else None
        require(reader, DECISION, kept.id, unsaid if said.expected is None else said.expected)
        if wanted is None:
            return Draft([Edit(DECISION, kept.id, None)], [state_statement([kept.id], OPEN, None)])
        if kept.state == VANISHED:
            raise BadInputError("identity.vanished", ci_id=shown(kept.conflict.ci_id))
        edit = Edit(DECISION, kept.id, wanted.thing(PERSON))
        return Draft([edit], [state_statement([kept.id], RESOLVED, None)])

    return store.write(plan, Header(actor, PERSON)).revision


def _decision(reader: Reader, kept: KeptConflict, said: Answer) -> Decision:
    conflict = kept.conflict
    others: Sequence[str] = conflict.others
    if said.answer == SAME:
        others = [_same(reader, kept, said.ci_id)]
    elif said.ci_id is not None:
        raise BadInputError("identity.which", answer=DISTINCT)
    elif not conflict.is_whole:
        raise BadInputError("identity.too_many", ci_id=shown(conflict.ci_id), listed=len(others))
    matched_by = [
        f"{match.ci_class}: {' + '.join(match.rule)} = {' + '.join(match.values)}"
        for match in conflict.matches
        if set(others).intersection(match.others)
    ]
    return Decision(kept.id, str(said.answer), kept.source, conflict.ci_id, tuple(others), tuple(matched_by))


def _same(reader: Reader, kept: KeptConflict, ci_id: str | None) -> str:
    conflict = kept.conflict
    if ci_id is None:
        raise BadInputError("identity.which", answer=SAME)
    if ci_id not in conflict.others:
        raise BadInputError("identity.no_candidate", ci_id=shown(ci_id), row=shown(conflict.ci_id))
    if ci_id in conflict.rows:
        raise BadInputError("identity.own_row", ci_id=shown(ci_id), row=shown(conflict.ci_id))
    if ci_id not in reader.read(CI, [ci_id]):
        raise BadInputError("identity.not_there", ci_id=shown(ci_id))
    others = [each for each in decisions(reader) if each.source == kept.source and each.answer == SAME]
    for each in others:
        # of another question about the same row: two answers would leave it to chance which is followed
        if each.ci_id == conflict.ci_id and each.conflict != kept.id and each.others != (ci_id,):
            raise BadInputError("identity.said_already", ci_id=shown(each.others[0]), row=shown(conflict.ci_id))
    if same_as((each for each in others if each.ci_id != conflict.ci_id), kept.source).get(ci_id) == conflict.ci_id:
        raise BadInputError("identity.circle", ci_id=shown(ci_id), row=shown(conflict.ci_id))
    return ci_id

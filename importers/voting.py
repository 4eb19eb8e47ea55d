"""A voice on a change, given under the write lock: of many at the same instant each is held against all before it."""

from collections.abc import Mapping
from dataclasses import dataclass

from graph.errors import BadInputError, RevisionConflictError
from graph.history import Header
from graph.lifecycle import Lifecycle, Step
from graph.records.changes import Change, change_of
from graph.records.comments import Comment, comment_of
from graph.records.decisions import Voice, authority_of, deputy_of
from graph.store import Edit, Store
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.store.things import Kept
from graph.values import State, shown, utc_text
from importers.authorship import CHANGES
from importers.changing import check_ours, check_role, said, stamped, step_notice
from importers.direct import PERSON, require
from importers.keeping import is_written_by, written_by
from importers.voices import DECISIONS, EVIDENCE, evidence_key, voice_key, voices_of
from queries.deciding import APPROVED, Board, Standing, is_late, over, refusal, standing
from queries.talking import open_questions

AUTHORITIES, DEPUTIES = "change_authorities", "deputies"
COMMENTS = "comments"
KeptBoard = Mapping[str, Mapping[str, Kept]]  # of each table that says who decides its records, by key


@dataclass(frozen=True, slots=True)
class Speaking:
    """What somebody decides: `seen` names the evidence that they had read, `pack` is that of now, with its hash.

    `behalf`: as whose deputy. `judged`: the change that the evidence is of, as it was read, at its last revision then.
    `expected`: the last revision that it shall have, where somebody says so. `tell`: a decision leaves a notice.
    """

    change_id: str
    decision: str
    reason: str
    behalf: str | None
    seen: str
    evidence_hash: str
    pack: str
    judged: Kept
    expected: int | None = None
    tell: bool = False


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came of it: how far the change is decided after it."""

    revision: int
    status: str
    standing: Standing


def decide(store: Store, lifecycle: Lifecycle, speaking: Speaking, actor: str, roles: frozenset[str]) -> Spoken:
    """Record a voice with its evidence; with the last one that is needed the change is decided.

    Raises
    ------
    BadInputError
        `review.unknown_change`; `decide_change.not_now`: nobody decides on a change in that status;
        `decide_change.window_over`; `decide_change.own`, `twice`, `no_deputy`, `no_member`
        (`queries.deciding.refusal`).
    NotAllowedError
        `change.step_role` with the roles that may.
    RevisionConflictError
        The change was altered after the evidence was made.
    """
    last: list[tuple[str, Standing]] = []

    def plan(reader: Reader) -> Draft:
        kept = reader.read(CHANGES, [speaking.change_id]).get(speaking.change_id)
        if kept is None:
            raise BadInputError("review.unknown_change", change=shown(speaking.change_id))
        require(reader, CHANGES, speaking.change_id, speaking.expected)
        if _without_voices(kept) != _without_voices(speaking.judged):
            raise RevisionConflictError(CHANGES, speaking.change_id, speaking.judged.revision, kept.revision)
        change = change_of(speaking.change_id, kept.thing.state)
        check_ours(change)
        step = _step(lifecycle, change, speaking.decision)
        if change.decision is not None:
            raise BadInputError("decide_change.decided", decision=change.decision, who=change.decided_by or "-")
        check_role(step, roles)
        now = store.clock()
        category = lifecycle.categories[str(change.category)]
        if no := over(change, category, now):
            raise said(no)
        records = _kept_board(reader)
        board, voices = _board(records), voices_of(reader, change)
        if no := refusal(change, voices, board, actor, speaking.behalf, now):
            raise said(no)
        _check_board(reader, records, change, actor, speaking.behalf)
        if speaking.decision == APPROVED and lifecycle.categories[str(change.category)].answers:
            _check_answered(reader, change)
        mine = Voice(
            change.change_id, change.round, actor, speaking.decision, speaking.behalf, speaking.reason, now,
            speaking.evidence_hash, is_late(change, category, now),
        )  # fmt: skip
        found = standing(change, category, [*voices, mine], board)
        fields: State = {**kept.thing.state, "voices": sorted({*change.voices, actor})}
        if found.decision == step.decides:
            fields |= {"decision": speaking.decision, "decided_at": utc_text(now), "decided_by": actor}
            fields |= stamped(step, actor, now)
            fields["status"] = step.to or change.status or lifecycle.initial
        last.append((str(fields.get("status", lifecycle.initial)), found))
        told = step_notice(
            step, change, last[-1][0], actor, now, decision=speaking.decision, evidence_hash=speaking.evidence_hash
        )  # fmt: skip
        key = voice_key(change, actor)
        return Draft([
            Edit(CHANGES, change.change_id, written_by(store.ontology, kept.thing, fields)),
            Edit(DECISIONS, key, written_by(store.ontology, None, _fields(mine, speaking.seen))),
            Edit(EVIDENCE, evidence_key(key), written_by(store.ontology, None, {
                "evidence_id": key, "change_id": change.change_id, "hash": speaking.evidence_hash,
                "pack": speaking.pack,
            })),
        ], [told] if speaking.tell and found.decision == step.decides else [])  # fmt: skip

    written = store.write(plan, Header(actor, PERSON, speaking.change_id))
    status, found = last[-1]
    return Spoken(written.revision, status, found)


def _without_voices(kept: Kept) -> State:
    # others may speak meanwhile: that alters nothing of what is decided on
    return {name: value for name, value in kept.thing.state.items() if name != "voices"}


def comments_on(reader: Reader, change_id: str) -> list[Comment]:
    """What was said on a change, under the write lock, in the order in which it was said."""
    rows = reader.rows("comments_of_change", kind=COMMENTS, change=change_id)
    keys = [str(row["key"]).removeprefix(f"{COMMENTS}:") for row in rows]
    found = reader.read(COMMENTS, keys)
    return [comment_of(key, found[key].thing.state) for key in keys if key in found]


def _check_answered(reader: Reader, change: Change) -> None:
    if left := open_questions(comments_on(reader, change.change_id)):
        raise BadInputError("talk.open", count=len(left), who=left[0].asked or "-")


def _check_board(reader: Reader, kept: KeptBoard, change: Change, actor: str, behalf: str | None) -> None:
    """BadInputError `decide_change.own_board` for who decides as what they themselves wrote that they are."""

    def is_used(kind: str, state: State) -> bool:
        if kind == AUTHORITIES:
            found = authority_of("-", state)
            return change.category in found.categories and actor in found.members
        return (state.get("person"), state.get("deputy")) == (behalf, actor)

    for kind, records in kept.items():
        for key, each in records.items():
            if is_used(kind, each.thing.state) and is_written_by(reader, each.revision, [actor]):
                raise BadInputError("decide_change.own_board", table=kind, record=shown(key))


def _step(lifecycle: Lifecycle, change: Change, decision: str) -> Step:
    status = change.status or lifecycle.initial
    for step in lifecycle.steps_from(status, change.category):
        if step.decides == decision:
            return step
    raise BadInputError("decide_change.not_now", status=status, category=change.category or "-")


def _kept_board(reader: Reader) -> KeptBoard:
    found = {}
    for kind in (AUTHORITIES, DEPUTIES):
        keys = [str(row["key"]).removeprefix(f"{kind}:") for row in reader.rows("record_all", kind=kind)]
        found[kind] = dict(reader.read(kind, keys))
    return found


def _board(kept: KeptBoard) -> Board:
    return Board(
        [authority_of(key, each.thing.state) for key, each in kept[AUTHORITIES].items()],
        [deputy_of(key, each.thing.state) for key, each in kept[DEPUTIES].items()],
    )


def _fields(voice: Voice, seen: str) -> State:
    found: dict[str, str | int | None] = {
        "change_id": voice.change_id, "round": voice.round, "decided_by": voice.decided_by, "decision": voice.decision,
        "on_behalf_of": voice.on_behalf_of, "reason": voice.reason, "seen": seen, "evidence_hash": voice.evidence_hash,
        "late": voice.late or None,
        "decided_at": None if voice.decided_at is None else utc_text(voice.decided_at),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}

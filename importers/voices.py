"""The voices on a change as they are kept, each with the evidence that it was given on."""

from collections.abc import Iterable, Mapping

from graph.records.changes import Change
from graph.records.decisions import Voice, voice_of
from graph.store.reader import Reader
from graph.store.things import Kept
from importers.rows import joined_key

DECISIONS, EVIDENCE = "decisions", "evidence"


def voices_of(reader: Reader, change: Change) -> list[Voice]:
    """The voices on a change in its present round."""
    keys = [voice_key(change, who) for who in change.voices]
    return proven(reader.read(DECISIONS, keys), reader.read(EVIDENCE, evidence_keys(keys)))


def proven(decisions: Mapping[str, Kept], evidence: Mapping[str, Kept]) -> list[Voice]:
    """The voices of records by key, without those whose evidence is not kept beside them under its hash."""
    voices = {key: voice_of(key, kept.thing.state) for key, kept in decisions.items()}
    hashes = {key: kept.thing.state.get("hash") for key, kept in evidence.items()}
    return [
        voice
        for key, voice in voices.items()
        if voice.evidence_hash and voice.evidence_hash in [hashes.get(each) for each in evidence_keys([key])]
    ]


def voice_key(change: Change, who: str) -> str:
    """The key of somebody's voice on a change in its present round."""
    return joined_key([change.change_id, str(change.round), who])


def evidence_key(voice: str) -> str:
    """The key of the evidence of the voice of that key: that of a record whose one key field holds it."""
    return joined_key([voice])


def evidence_keys(voices: Iterable[str]) -> list[str]:
    """The keys under which the evidence of voices may be: that of now, and the voice's own, as it was before."""
    return [key for voice in voices for key in (evidence_key(voice), voice)]

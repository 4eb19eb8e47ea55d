"""The end of the log as kept outside the store, so that a log cut short is noticed (SEMANTICS 10)."""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from graph.errors import StorageError


@dataclass(frozen=True, slots=True)
class Head:
    """A small file beside the data: which store, its last revision, the hash of its last commit."""

    path: Path

    def read(self) -> dict[str, str | int] | None:
        """`store_id`, `last`, `hash`; `None` when there is no readable file."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"store_id", "last", "hash"} <= found.keys() else None

    def belongs_to(self, store_id: str) -> None:
        """Check that the file is of this store; a first one is written where there is none."""
        found = self.read()
        if found is None:
            self._write({"store_id": store_id, "last": 0, "hash": ""})
        elif found["store_id"] != store_id:
            raise StorageError("store.foreign_head", path=str(self.path), store=str(found["store_id"]), found=store_id)

    def advance(self, last: int, commit_hash: str) -> None:
        """Note a new end of the log; an older one than noted changes nothing."""
        found = self.read()
        if found is not None and int(found["last"]) < last:
            self._write({"store_id": found["store_id"], "last": last, "hash": commit_hash})

    def _write(self, content: dict[str, str | int]) -> None:
        fresh = self.path.with_suffix(f".{os.getpid()}.tmp")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(content), encoding="utf-8")
        with contextlib.suppress(OSError):
            fresh.chmod(0o600)
        fresh.replace(self.path)

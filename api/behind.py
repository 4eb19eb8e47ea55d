"""Answers that take their time: computed behind the requests; the last is served until the next is there."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")
Progress = Callable[[float], None]
REST = 4.0  # as long as it took, before it is computed anew: a register that is written all day costs a fifth of a core
LONGEST_REST = 600.0  # seconds
AFTER_A_FAULT = 10.0  # seconds until what failed is tried again


@dataclass(frozen=True, slots=True)
class Standing(Generic[Result]):
    """What there is: `result`, the last one, if any; `progress` of the next, 0 to 1, if one is being computed."""

    result: Result | None
    progress: float | None


class Behind(Generic[Result]):
    """Any number of threads may ask; at most one computes."""

    def __init__(self, name: str) -> None:
        self._name, self._lock = name, threading.Lock()
        self._result: Result | None = None
        self._key: Hashable = None
        self._progress: float | None = None
        self._not_before = 0.0
        self._done = threading.Event()

    def ask(self, key: Hashable, work: Callable[[Progress], Result]) -> Standing[Result]:
        """What was computed last. Where that was for another key, `work` is begun, unless it was done just now."""
        with self._lock:
            is_old = self._result is None or self._key != key
            if is_old and self._progress is None and time.monotonic() >= self._not_before:
                self._progress = 0.0
                self._done = threading.Event()
                threading.Thread(target=self._compute, args=(key, work), name=self._name, daemon=True).start()
            return Standing(self._result, self._progress)

    def first(self, key: Hashable, work: Callable[[Progress], Result], patience: float) -> Standing[Result]:
        """The same, but where there is nothing at all yet it is waited for, so many seconds at the most."""
        found = self.ask(key, work)
        if found.result is None and found.progress is not None and self._done.wait(patience):
            return Standing(self._result, self._progress)
        return found

    def _compute(self, key: Hashable, work: Callable[[Progress], Result]) -> None:
        begun, rest = time.monotonic(), AFTER_A_FAULT
        try:
            result = work(self._so_far)
        except Exception:  # whoever asks next is served the last one, and it is tried again
            logging.getLogger(__name__).exception("%s could not be computed", self._name)
        else:
            rest = min(REST * (time.monotonic() - begun), LONGEST_REST)
            with self._lock:
                self._result, self._key = result, key
        with self._lock:
            self._progress, self._not_before = None, time.monotonic() + rest
        self._done.set()

    def _so_far(self, share: float) -> None:
        self._progress = share

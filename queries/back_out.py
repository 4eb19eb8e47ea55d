"""Whether there is time to back a change out within its window, and how long it then lasts (R11.2e)."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class BackOut:
    """A window and the seconds that backing out takes; `None`: not recorded. A window that is none has no answers.

    Examples
    --------
    >>> found = BackOut(datetime(2026, 11, 28, 22), datetime(2026, 11, 29, 2), 5_400)
    >>> found.latest.isoformat(), found.fits, found.lasts
    ('2026-11-29T00:30:00', True, 14400)
    """

    start: datetime | None
    end: datetime | None
    time: int | None

    @property
    def latest(self) -> datetime | None:
        """The last moment at which backing out must begin to be over with the window; it may lie before the start."""
        return None if self.end is None or self.time is None else self.end - timedelta(seconds=self.time)

    @property
    def fits(self) -> bool | None:
        """Whether that is no earlier than the start."""
        window = self._window
        return None if window is None or self.time is None else self.time <= window

    @property
    def lasts(self) -> int | None:
        """Seconds from the start to the end of a back-out that begins as late as it may, or at once where it must."""
        window = self._window
        return None if window is None or self.time is None else max(self.time, window)

    @property
    def missing(self) -> list[str]:
        """Which of the fields of a change it rests on are not there."""
        found = {"planned_start": self.start, "planned_end": self.end, "back_out_time": self.time}
        return [name for name, value in found.items() if value is None]

    @property
    def _window(self) -> int | None:
        if self.start is None or self.end is None or not self.start < self.end:
            return None
        return int((self.end - self.start).total_seconds())

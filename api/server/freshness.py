"""Whether this process can answer: the store can be reached, and the estate in memory is not long behind it."""

import logging
import threading
import time
from typing import TYPE_CHECKING

from anyio import CapacityLimiter, move_on_after
from anyio.to_thread import run_sync

from graph.errors import FaultlineError, kind_of

if TYPE_CHECKING:
    from api.register import Register

PATIENCE = 2.0  # seconds that a probe waits for the store; who asks has a limit of its own
WAITING = 4  # probes that may wait at once, so that a store that hangs takes no thread from questions
LOG = logging.getLogger(__name__)


class Freshness:
    """What is known of both revisions. Whoever asks and finds the estate behind has it brought forward."""

    def __init__(self, register: "Register", most: float) -> None:
        self._register, self._most = register, most
        self._limiter = CapacityLimiter(WAITING)
        self._following = threading.Lock()
        self._behind_since: float | None = None
        self.store: int | None = None

    @property
    def estate(self) -> int | None:
        """The revision in memory, `None` before there is one."""
        return self._register.live.revision

    @property
    def lag_seconds(self) -> float:
        """How long the estate has been seen behind the store."""
        return 0.0 if self._behind_since is None else time.monotonic() - self._behind_since

    async def reason(self) -> str | None:
        """Why this process had better not be asked, as a key; `None` where it can answer."""
        self.store, reason = None, "server.store_silent"
        with move_on_after(PATIENCE):
            try:
                self.store = await run_sync(
                    self._register.store.answering, abandon_on_cancel=True, limiter=self._limiter
                )
            except FaultlineError as error:
                reason = error.message.key
            except Exception as error:  # whatever it is, this process cannot answer questions now
                LOG.warning("the store cannot be read", extra={"fields": {"error": kind_of(error)}})
        if self.store is None:
            return reason
        if self.estate is None or self.estate >= self.store:
            self._behind_since = None
            return None
        self._behind_since = self._behind_since or time.monotonic()
        if self._following.acquire(blocking=False):
            threading.Thread(target=self._follow, daemon=True).start()
        return "server.estate_behind" if self.lag_seconds > self._most else None

    def _follow(self) -> None:
        try:
            self._register.live.estate()
        except Exception as error:
            LOG.warning("the estate cannot be brought forward", extra={"fields": {"error": kind_of(error)}})
        finally:
            self._following.release()

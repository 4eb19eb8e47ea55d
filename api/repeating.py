"""Work that a server does beside its answers, again and again: what fails is tried again, and said once."""

import logging
import threading
from collections.abc import Callable

from graph.errors import kind_of

LOG = logging.getLogger(__name__)


def again_and_again(work: Callable[[], object], ending: threading.Event, pause: float, failing: str) -> None:
    """Do some work every `pause` seconds until the end. `failing`: what is logged where it cannot be done for now."""
    trouble = ""
    while not ending.is_set():
        try:
            work()
            trouble = ""
        except Exception as error:  # the store may be away: then there is time
            if trouble != (trouble := kind_of(error)):
                LOG.warning(failing, extra={"fields": {"error": trouble}})
        ending.wait(pause)

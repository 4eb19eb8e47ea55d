"""Failed log-ins: few are answered, more are told to wait, before anything is looked up."""

import ipaddress
import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

OF_ONE = RateLimitItemPerMinute(10)  # of one token from one address: a script with an old token, asking on and on
OF_ALL = RateLimitItemPerMinute(100)  # from one address: many may sit behind one proxy, and one of them errs
NETWORK = 64  # bits of an IPv6 address that one customer has all of


class Attempts:
    """What failed in the last minute, by address and by token; in this process."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, address: str, token: str) -> int | None:
        """How many seconds whoever asks has to wait, if they have to."""
        for item, keys in self._counted(address, token):
            if not self._window.test(item, *keys):
                left = self._window.get_window_stats(item, *keys).reset_time - time.time()
                return max(1, math.ceil(left))
        return None

    def failed(self, address: str, token: str) -> None:
        """Count one."""
        for item, keys in self._counted(address, token):
            self._window.hit(item, *keys)

    @staticmethod
    def _counted(address: str, token: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        place = network_of(address)
        return [(OF_ONE, ("one", place, token)), (OF_ALL, ("all", place))]


def network_of(address: str) -> str:
    """What of an address one customer has: it, or the network of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, NETWORK), strict=False))

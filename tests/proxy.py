"""A connection to a database that can go silent, as behind a firewall that has forgotten it."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on between a port of its own and a database, while it is not silent."""

    def __init__(self, uri: str) -> None:
        place = urlsplit(uri)
        self._target = (str(place.hostname), place.port or 7687)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listening]
        self._speaks = threading.Event()
        self._speaks.set()
        self.uri = f"bolt://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self) -> None:
        """From now on nothing comes through, and nobody is told."""
        self._speaks.clear()

    def speak(self) -> None:
        """What was held back goes on."""
        self._speaks.set()

    def close(self) -> None:
        """End all connections."""
        self.speak()
        for each in self._open:
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._speaks.wait()
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy_to(uri: str) -> Iterator[Proxy]:
    """A proxy to the database of this address."""
    proxy = Proxy(uri)
    try:
        yield proxy
    finally:
        proxy.close()

"""A TCP proxy before a database that cuts the connection once, at a chosen exchange."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

BEGIN, RUN, COMMIT = b"\xb1\x11", b"\xb3\x10", b"\xb0\x12"  # Bolt: a structure of so many fields, and its tag
SIZE = 1 << 16


@dataclass
class Proxy:
    """Passes on what comes; `arm` chooses the exchange to cut.

    An exchange is what the client sends at once. It is cut before it reaches the server, or after the server's answer
    to it has come and before the client gets it.
    """

    port: int
    server: tuple[str, int]
    exchanges: int = 0
    cut_at: int | None = None
    answer_lost: bool = False
    cut: bytes | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, at: int, *, answer_lost: bool) -> None:
        """Cut the exchange number `at` from now on."""
        with self._lock:
            self.exchanges, self.cut_at, self.answer_lost, self.cut = 0, at, answer_lost, None

    def disarm(self) -> int:
        """Cut nothing more; how many exchanges there were since `arm`."""
        with self._lock:
            self.cut_at = None
            return self.exchanges

    def is_cut(self, sent: bytes) -> bool:
        """Count an exchange, and whether it is the one."""
        with self._lock:
            self.exchanges += 1
            if self.cut_at is None or self.exchanges != self.cut_at:
                return False
            self.cut, self.cut_at = sent, None
            return True

    def serve(self, client: socket.socket) -> None:
        """Pass on one connection until an end closes it or it is cut."""
        with client, socket.create_connection(self.server) as upstream:
            lost = threading.Event()
            for end in (client, upstream):
                # what comes in small pieces is passed on at once, as it came
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_pass_back, args=(upstream, client, lost), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                while sent := client.recv(SIZE):
                    if self.is_cut(sent):
                        if self.answer_lost:
                            lost.set()
                            upstream.sendall(sent)
                            back.join(10)
                        break
                    upstream.sendall(sent)
            for end in (client, upstream):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            back.join(10)


def _pass_back(upstream: socket.socket, client: socket.socket, lost: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while answer := upstream.recv(SIZE):
            if lost.is_set():
                return
            client.sendall(answer)
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxied(uri: str) -> Iterator[Proxy]:
    """A proxy before the database at that address."""
    address = urlsplit(uri)
    with socket.create_server(("127.0.0.1", 0)) as door:
        proxy = Proxy(door.getsockname()[1], (str(address.hostname), int(address.port or 7687)))
        connections: list[threading.Thread] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = door.accept()
                    connections.append(threading.Thread(target=proxy.serve, args=(client,), daemon=True))
                    connections[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield proxy
        door.shutdown(socket.SHUT_RDWR)
    accepting.join(10)
    for connection in connections:
        connection.join(10)

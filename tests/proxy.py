"""A TCP proxy before a database: it cuts the connection once at a chosen Bolt message, or makes the line a bad one."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

# Bolt: a structure of so many fields, and its tag
HELLO, BEGIN, RUN, COMMIT = b"\xb1\x01", b"\xb1\x11", b"\xb3\x10", b"\xb0\x12"
SIZE = 1 << 16
DRIP = 0.0005  # seconds between two bytes
HELD = 0.005  # seconds between two looks whether the line is still held
Mode = Literal["good", "slow", "silent", "held", "dripping", "away"]


@dataclass
class Messages:
    """Cuts what a client sends into Bolt messages; what comes before the first one is a piece of its own."""

    held: bytes = b""
    begun: bool = False

    def of(self, sent: bytes) -> Iterator[tuple[bytes, bool]]:
        """(bytes, whether they are a message) of what is whole by now."""
        self.held += sent
        if not self.begun:
            start = self.held.find(HELLO) - 2
            if start < 0:
                yield self.held, False
                self.held = b""
                return
            self.begun = True
            yield self.held[:start], False
            self.held = self.held[start:]
        while (end := self._end()) is not None:
            yield self.held[:end], True
            self.held = self.held[end:]

    def _end(self) -> int | None:
        # chunks with their lengths before them, up to one of none
        at = 0
        while at + 2 <= len(self.held):
            length = int.from_bytes(self.held[at : at + 2])
            at += 2 + length
            if not length and at > 2:
                return at
        return None


@dataclass
class Proxy:
    """Passes on what comes; `arm` chooses the message to cut, `mode` how good the line is.

    A message is cut before it reaches the server, or after the server's answer to it has come and before the client
    gets it. `slow`: every answer comes `delay` seconds late. `silent`: connections are taken and nothing is passed on,
    and those of that time stay dead. `held`: the same, but what was held back goes on once the line is good again.
    `dripping`: answers come a byte at a time. `away`: every connection is closed.
    """

    port: int
    server: tuple[str, int]
    messages: int = 0
    cut_at: int | None = None
    answer_lost: bool = False
    cut: bytes | None = None
    delay: float = 2.0
    _mode: Mode = "good"
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)

    def arm(self, at: int, *, answer_lost: bool) -> None:
        """Cut the message number `at` from now on."""
        with self._lock:
            self.messages, self.cut_at, self.answer_lost, self.cut = 0, at, answer_lost, None

    def disarm(self) -> int:
        """Cut nothing more; how many messages there were since `arm`."""
        with self._lock:
            self.cut_at = None
            return self.messages

    @property
    def uri(self) -> str:
        """Its address, as of the database."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def mode(self) -> Mode:
        """How good the line is."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "away":
            with self._lock:
                ends = list(self._open)
            for end in ends:
                _shut(end)

    def is_cut(self, message: bytes) -> bool:
        """Count a message, and whether it is the one."""
        with self._lock:
            self.messages += 1
            if self.cut_at is None or self.messages != self.cut_at:
                return False
            self.cut, self.cut_at = message, None
            return True

    def serve(self, client: socket.socket) -> None:
        """Pass on one connection until an end closes it or it is cut."""
        with client:
            if self.mode == "away":
                return
            with socket.create_connection(self.server) as upstream:
                with self._lock:
                    self._open |= {client, upstream}
                try:
                    self._pass(client, upstream)
                finally:
                    with self._lock:
                        self._open -= {client, upstream}

    def _pass(self, client: socket.socket, upstream: socket.socket) -> None:
        lost = threading.Event()
        for end in (client, upstream):
            # what comes in small pieces is passed on at once, as it came
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=self._pass_back, args=(upstream, client, lost), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            self._pass_on(client, upstream, lost, back)
        for end in (client, upstream):
            _shut(end)
        back.join(10)

    def _pass_on(
        self, client: socket.socket, upstream: socket.socket, lost: threading.Event, back: threading.Thread
    ) -> None:
        messages, dead = Messages(), False
        while sent := client.recv(SIZE):
            self._hold()
            dead = dead or self.mode == "silent"
            if dead:
                continue
            for piece, is_message in messages.of(sent):
                if is_message and self.is_cut(piece):
                    if self.answer_lost:
                        lost.set()
                        upstream.sendall(piece)
                        back.join(10)
                    return
                upstream.sendall(piece)

    def _hold(self) -> None:
        while self.mode == "held":
            time.sleep(HELD)

    def _pass_back(self, upstream: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        dead = False
        with contextlib.suppress(OSError):
            while answer := upstream.recv(SIZE):
                if lost.is_set():
                    return
                self._hold()
                dead = dead or self.mode == "silent"
                if dead:
                    continue
                if self.mode == "slow":
                    time.sleep(self.delay)
                if self.mode != "dripping":
                    client.sendall(answer)
                    continue
                for at in range(len(answer)):
                    client.sendall(answer[at : at + 1])
                    time.sleep(DRIP)
        if not dead:
            _shut(client)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


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
        _shut(door)
        proxy.mode = "away"
    accepting.join(10)
    for connection in connections:
        connection.join(10)

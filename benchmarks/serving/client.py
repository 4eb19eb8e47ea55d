"""A client that costs little: one connection, HTTP/1.1 as bytes, one request after the other."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import orjson


@dataclass
class Connection:
    """An open connection to a server."""

    host: str
    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, host: str, port: int) -> "Connection":
        """Connect."""
        return cls(host, port, *await asyncio.open_connection(host, port))

    async def ask(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer to a GraphQL request."""
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), await self.reader.readexactly(int(headers[b"content-length"]))

    @property
    def is_open(self) -> bool:
        """Whether the server has not ended it; it ends what was idle for some seconds."""
        return not self.reader.at_eof()

    def close(self) -> None:
        """End it."""
        self.writer.close()


def body_of(query: str, **variables: Any) -> bytes:
    """A request."""
    return orjson.dumps({"query": query, "variables": variables})


def checked(answer: tuple[int, bytes]) -> Any:
    """The data of an answer that is whole; a wrong answer is no measurement."""
    status, body = answer
    plain = orjson.loads(body)
    if status != 200 or plain.get("errors"):
        raise RuntimeError(f"{status}: {body[:300]!r}")
    return plain["data"]


async def one_by_one(address: tuple[str, int], bodies: Sequence[bytes], seconds: float) -> list[float]:
    """Seconds that each request takes over one connection; the first tenth is for warming."""
    connection = await Connection.to(*address)
    taken, deadline = list[float](), time.perf_counter() + seconds
    for at in range(1_000_000):
        start = time.perf_counter()
        answer = await connection.ask(bodies[at % len(bodies)])
        taken.append(time.perf_counter() - start)
        if at < len(bodies):
            checked(answer)
        if time.perf_counter() > deadline:
            break
    connection.close()
    return taken[len(taken) // 10 :]


async def one_beside(
    address: tuple[str, int], bodies: Sequence[bytes], others: Sequence[bytes], seconds: float
) -> list[float]:
    """The same while `others` are sent over a second connection, ten a second, whatever they are answered."""

    async def disturbing() -> None:
        for other in cycle(others):
            connection = await Connection.to(*address)
            await connection.ask(other)
            connection.close()
            await asyncio.sleep(0.1)

    task = asyncio.create_task(disturbing())
    taken = await one_by_one(address, bodies, seconds)
    if task.done():
        task.result()
    task.cancel()
    return taken


async def rate(address: tuple[str, int], bodies: Sequence[bytes], connections: int, seconds: float) -> float:
    """Requests per second over some connections, each asking again as soon as it is answered."""
    done = 0

    async def asking(first: int) -> None:
        nonlocal done
        connection = await Connection.to(*address)
        at, deadline = first, time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            checked(await connection.ask(bodies[at % len(bodies)]))
            at, done = at + connections, done + 1
        connection.close()

    start = time.perf_counter()
    await asyncio.gather(*(asking(first) for first in range(connections)))
    return done / (time.perf_counter() - start)


@dataclass(frozen=True)
class Open:
    """What an open loop saw: seconds from when each request was due, and how many were refused or failed."""

    seconds: list[float]
    failed: int


async def open_loop(address: tuple[str, int], bodies: Sequence[bytes], per_second: float, seconds: float) -> Open:
    """Requests at their times, whether those before are answered or not; a slow answer delays no other request."""
    free: list[Connection] = []
    taken: list[float] = []
    failed = 0

    async def one(body: bytes, due: float) -> None:
        nonlocal failed
        while free and not free[-1].is_open:
            free.pop().close()
        connection = free.pop() if free else await Connection.to(*address)
        try:
            checked(await connection.ask(body))
        except (RuntimeError, OSError, asyncio.IncompleteReadError):
            failed += 1
            connection.close()
        else:
            free.append(connection)
        taken.append(time.perf_counter() - due)

    begun, running = time.perf_counter(), list[asyncio.Task[None]]()
    for at in range(int(per_second * seconds)):
        due = begun + at / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        running.append(asyncio.create_task(one(bodies[at % len(bodies)], due)))
    await asyncio.gather(*running)
    for connection in free:
        connection.close()
    return Open(taken, failed)

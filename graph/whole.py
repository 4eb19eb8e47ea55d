"""Files that are there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write in its folder, for this user only, that takes the place of `path` when all is on the disk.

    Of two who write at once the later one's stays. Where something fails, nothing is left.
    """
    file = tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False)  # noqa: SIM115 - closed below
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except BaseException:  # a full disk, Ctrl-C: what was begun is of no use to anybody
        Path(file.name).unlink(missing_ok=True)
        raise

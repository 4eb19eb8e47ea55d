"""The embedded engine's classes, kept as its Java laid them out: it starts in half of the time (JEP 483, 514 and 515).

Java checks what was kept. Of another version, torn or altered, it is passed over with a line in the engine's log.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from neo4j.exceptions import DriverError, Neo4jError

from graph.engine.datadir import settle
from graph.engine.endpoint import Endpoint
from graph.engine.kinds import EMBEDDED, KEPT, embedded_package, launch
from graph.engine.supervisor import end, free_ports, last_words, run, wait_until_ready
from graph.errors import StorageError
from graph.settings import Settings
from graph.whole import whole

ASKING = 60.0  # seconds; it takes 0.3
LAYING_OUT = 300.0  # seconds that Java may take for it when it ends; it takes 7


def keep_classes(work: Callable[[Endpoint], None]) -> bool:
    """Let the embedded engine do `work` in a directory that is deleted, and keep what it loaded and learned for it.

    Returns whether there was anything to do: what is kept already and fits is left alone. Raises StorageError, where
    the engine does not do it, and OSError, where nothing can be written beside it.
    """
    kept = embedded_package() / KEPT
    with tempfile.TemporaryDirectory(prefix="faultline-classes-", ignore_cleanup_errors=True) as folder:
        settings = Settings(Path(folder))
        files = settle(settings.data_dir)
        port, http_port = free_ports(2)
        way = launch(EMBEDDED, files.home, port, http_port, settings.engine_memory)
        if _fits(way.command, kept):
            return False
        kept.unlink(missing_ok=True)
        way = launch(EMBEDDED, files.home, port, http_port, settings.engine_memory)
        made = files.home / KEPT
        process = run(files, [way.command[0], f"-XX:AOTCacheOutput={made}", *way.command[1:]])
        try:
            wait_until_ready(files, process, way, port, settings.engine_start_timeout)
            work(Endpoint(f"bolt://127.0.0.1:{port}", way.user, files.password(), way.database, EMBEDDED))
            process.terminate()
            process.wait(LAYING_OUT)
        except (DriverError, Neo4jError, subprocess.TimeoutExpired) as error:
            raise StorageError("engine.not_laid_out", reason=type(error).__name__) from error
        finally:
            end(process)
        if not made.is_file():
            raise StorageError("engine.not_laid_out", reason=last_words(files))
        with made.open("rb") as learned, whole(kept) as file:
            shutil.copyfileobj(learned, file)
        kept.chmod(0o644)  # an image is built by one user and run by another
    return True


def _fits(command: list[str], kept: Path) -> bool:
    # with the mode `on` Java refuses to start where it cannot use what was kept
    asked = [command[0], "-XX:AOTMode=on", *command[1:-1], "-version"]
    try:
        return kept.is_file() and not subprocess.run(asked, capture_output=True, check=False, timeout=ASKING).returncode
    except subprocess.TimeoutExpired:
        return False

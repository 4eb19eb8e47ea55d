"""A process that uses the engine of a data directory, driven by a test through its input.

`python -m tests.graph.engine_user DATA_DIR KIND`: prints `ready PID PORT` once it holds the engine, then answers each
line of input: `write ID` makes a CI and prints `written REVISION`, `leave` ends it in good order.
"""

import sys
from pathlib import Path

from graph.engine import connect, open_engine
from graph.engine.files import Files
from graph.settings import Settings
from tests.engines import Database, host, written


def main(data_dir: Path, kind: str) -> None:
    """Hold the engine until told to leave."""
    settings = Settings(data_dir, engine_memory="512m")
    with open_engine(settings, kind) as endpoint:
        driver = connect(endpoint, settings)
        running = Files(data_dir / "engine").running()
        assert running is not None
        print(f"ready {running.pid} {running.port}", flush=True)  # noqa: T201 - the answer to the test
        for line in sys.stdin:
            if line.startswith("leave"):
                break
            store = Database(kind, settings, endpoint, driver).open(data_dir)
            done = written(store, [host(line.split()[1])])
            print(f"written {done.revision}", flush=True)  # noqa: T201 - the answer to the test
        driver.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

"""What takes long is done once, and ahead where asked for; who needs none of it does not load it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from api import warm
from graph.csr import Csr
from graph.errors import StorageError
from graph.snapshot import load, save
from graph.topology import Topology

ROOT = Path(__file__).parents[2]


def test_a_built_topology_is_to_the_compiler_what_a_mapped_one_is(tmp_path: Path) -> None:
    built = Topology.from_edges(3, [0, 1], [1, 2])
    save(tmp_path / "snapshot", {}, built.csr.named())

    mapped = Topology(Csr(**load(tmp_path / "snapshot").arrays))

    for topology in (built, mapped):
        assert [name for name, array in topology.csr.named().items() if array.flags.writeable] == []
    assert {name: (a.dtype, a.ndim) for name, a in built.csr.named().items()} == {
        name: (a.dtype, a.ndim) for name, a in mapped.csr.named().items()
    }
    with pytest.raises(ValueError, match="read-only"):
        built.csr.to[0] = np.int32(1)


@pytest.mark.long
def test_warming_up_compiles_every_kernel(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "api.warm"], cwd=ROOT, env=environment, check=True)

    kernels = [*(ROOT / "graph" / "kernels").glob("*.py"), *(ROOT / "queries" / "kernels").glob("*.py")]
    texts = [path.read_text(encoding="utf-8").split("@njit")[1:] for path in kernels]
    names = {part.partition("def ")[2].partition("(")[0] for parts in texts for part in parts}
    compiled = {path.name.partition("-")[0].partition(".")[2] for path in tmp_path.rglob("*.nbc")}

    assert names
    assert names - compiled == set()


def test_where_no_classes_can_be_kept_that_is_said_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reasons: list[Exception] = [
        StorageError("engine.unsupported", system="plan9"),
        OSError(30, "Read-only file system"),
    ]

    def refuse(_: object) -> None:
        raise reasons.pop()

    monkeypatch.setattr(warm, "keep_classes", refuse)
    warm.main(["classes"])
    warm.main(["classes"])

    said = capsys.readouterr().err.splitlines()
    assert ["Read-only" in said[0], "plan9" in said[1]] == [True, True]


def test_an_import_does_without_the_compiler_and_the_graph_libraries() -> None:
    loaded = "import sys, api.register, api.cli.imports, importers.run"
    asked = f"{loaded}; print({{'numba', 'networkx'}} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"

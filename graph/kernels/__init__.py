"""Compiled loops over arrays. Compiled once and kept: beside the code where that can be written, else in the cache."""

import os
from pathlib import Path

from platformdirs import user_cache_path

# numba reads this when it is first imported; a read-only installation would otherwise be compiled at every start
os.environ.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("faultline", appauthor=False) / "kernels"))
KEPT = Path(os.environ["NUMBA_CACHE_DIR"])

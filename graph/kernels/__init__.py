"""Compiled loops over arrays. Compiled once and kept: beside the code where that can be written, else in the cache."""

import importlib
import os
import sys
from pathlib import Path

from platformdirs import user_cache_path

# numba reads this when it is first imported; a read-only installation would otherwise be compiled at every start
os.environ.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("faultline", appauthor=False) / "kernels"))
KEPT = Path(os.environ["NUMBA_CACHE_DIR"])

# numba asks for SciPy's linear algebra when the first kernel is used; none of ours needs it, and loading it takes
# longer than they do
_LINEAR = "scipy.linalg.cython_blas"
if _LINEAR not in sys.modules:
    sys.modules[_LINEAR] = None
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules[_LINEAR]

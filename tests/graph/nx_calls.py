"""A plugin for a run of NetworkX's own tests: their outcomes, and how often each compiled algorithm was called.

Both are written as JSON to the file that FAULTLINE_NX_CALLS names.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from graph import nx_compiled
from graph.nx_backend import COMPILED

CALLS: Counter[str] = Counter()
OUTCOMES: Counter[str] = Counter()


def _counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        CALLS[name] += 1
        return function(*args, **kwargs)

    return run


def pytest_configure() -> None:
    """Count what the backend calls."""
    for name in COMPILED:
        setattr(nx_compiled, name, _counted(name, getattr(nx_compiled, name)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """One outcome a test; one that cannot be set up has failed."""
    if report.when == "call" or report.outcome != "passed":
        OUTCOMES["xfailed" if hasattr(report, "wasxfail") else report.outcome] += 1


def pytest_sessionfinish() -> None:
    """Write both."""
    found = {"outcomes": OUTCOMES, "calls": CALLS}
    Path(os.environ["FAULTLINE_NX_CALLS"]).write_text(json.dumps(found), encoding="utf-8")

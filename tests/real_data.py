"""Where the data that nobody on this project wrote is, and the reason to skip what needs it."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]


def real_data(name: str) -> Path:
    """A folder or file of the real data: in `FAULTLINE_REAL_DATA`, else in `shared/data` beside the checkout."""
    return Path(os.environ.get("FAULTLINE_REAL_DATA") or CHECKOUT.parent / "shared" / "data") / name


def needs_real_data(name: str) -> pytest.MarkDecorator:
    """Skips a test where that folder or file is absent."""
    reason = f"there is no {real_data(name)}; FAULTLINE_REAL_DATA names the folder of real data"
    return pytest.mark.skipif(not real_data(name).exists(), reason=reason)

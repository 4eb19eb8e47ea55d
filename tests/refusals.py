"""What a value that cannot be kept is refused with."""

from collections.abc import Callable
from typing import Any

import pytest

from api.texts import LANGUAGES, Texts
from graph.values import ValueRefused


def refusal(parse: Callable[[], Any]) -> str:
    """The key of a refusal, whose text can be said in every language."""
    with pytest.raises(ValueRefused) as refused:
        parse()
    for language in LANGUAGES:
        assert Texts(language).say(refused.value.message)
    return refused.value.message.key.removeprefix("values.")

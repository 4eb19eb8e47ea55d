"""What a word is to a search: a run of letters and digits, or of Chinese characters, which know no spaces."""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

OTHER, LETTER, CHINESE, DECIMAL = 0, 1, 2, 3  # of a character; a decimal digit is a letter too
WORD = "\x1e"  # in a field: here a further word begins
_CHINESE = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORDS = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")
CHINESE_RUN = re.compile(rf"[{_CHINESE}]+")


@cache
def kinds() -> NDArray[np.uint8]:
    """By code point what a character is to a word."""
    found = np.zeros(0x110000, np.uint8)
    every = np.arange(len(found), dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    for pattern, kind in ((WORDS, LETTER), (CHINESE_RUN, CHINESE), (re.compile(r"\d+"), DECIMAL)):
        for run in pattern.finditer(every):
            found[run.start() : run.end()] = kind
    return found


def is_chinese(character: str) -> bool:
    """Whether a character is one of the Chinese script."""
    return CHINESE_RUN.match(character) is not None

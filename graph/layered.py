"""A table of texts with changes laid over it, so that a few new names do not cost a million old ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graph.strings import StringTable


@dataclass(frozen=True, eq=False, slots=True)
class LayeredTable:
    """A table with other texts at some positions, more at its end, and some that are not found any more."""

    base: StringTable
    later: Mapping[int, str]
    found: Mapping[str, int]
    hidden: frozenset[int]
    length: int

    @classmethod
    def over(cls, table: "StringTable | LayeredTable") -> "LayeredTable":
        """A table with nothing changed yet."""
        return table if isinstance(table, LayeredTable) else cls(table, {}, {}, frozenset(), len(table))

    def changed(self, later: Mapping[int, str], hidden: Sequence[int] = ()) -> "LayeredTable":
        """The table with these texts at these positions (beyond the end in order), and those hidden not found."""
        return replace(
            self,
            later={**self.later, **later},
            found={**self.found, **{text: position for position, text in later.items()}},
            hidden=(self.hidden | set(hidden)) - later.keys(),
            length=max(self.length, max(later, default=-1) + 1),
        )

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, position: int) -> str:
        if not 0 <= position < self.length:
            raise IndexError(position)
        text = self.later.get(position)
        return self.base[position] if text is None else text

    def __iter__(self) -> Iterator[str]:
        return (self[position] for position in range(len(self)))

    def some(self, positions: Sequence[int] | NDArray[np.int32]) -> list[str]:
        """The texts at these positions."""
        return [self[int(position)] for position in positions]

    def first(self, positions: NDArray[np.int32], count: int) -> list[int]:
        """Places in `positions` of the `count` texts that come first, in the order of these texts."""
        over = np.isin(positions, np.fromiter(self.later, np.int64, len(self.later)))
        under, beside = np.flatnonzero(~over), np.flatnonzero(over).tolist()
        found = under[self.base.first(positions[under], count)].tolist() + beside
        return sorted(found, key=lambda place: self[int(positions[place])])[:count]

    def beginning_with(self, prefix: str) -> list[int]:
        """Positions of the texts that begin so and are found, in order."""
        under = (at for at in self.base.beginning_with(prefix) if at not in self.later and at not in self.hidden)
        over = (at for at, text in self.later.items() if text.startswith(prefix) and at not in self.hidden)
        return sorted([*under, *over])

    def find(self, text: str) -> int | None:
        """The position of a text, `None` if it is not there (any more)."""
        position = self.found.get(text)
        if position is None or position in self.hidden or self[position] != text:
            position = self.base.find(text)
        gone = position is None or position in self.hidden or self.later.get(position, text) != text
        return None if gone else position

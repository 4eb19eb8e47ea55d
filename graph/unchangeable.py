"""What a graph that cannot be changed hands out, and what it says to whoever tries."""

from typing import Any, NoReturn

import networkx as nx


def refuse_change(*_: object, **__: object) -> NoReturn:
    """NetworkX's error for a graph that is frozen."""
    raise nx.NetworkXError("a topology cannot be changed; change a copy of it: t.copy()")


class Unchangeable(dict[Any, Any]):
    """Attributes as NetworkX reads them; copies of them are plain dicts, as NetworkX expects to change those."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = refuse_change
    clear = pop = popitem = setdefault = update = refuse_change

    def copy(self) -> dict[Any, Any]:
        """A plain dict."""
        return dict(self)

    def __copy__(self) -> dict[Any, Any]:
        return dict(self)

    def __deepcopy__(self, memo: object) -> dict[Any, Any]:
        return dict(self)

    def __reduce__(self) -> tuple[type[dict[Any, Any]], tuple[dict[Any, Any]]]:
        return dict, (dict(self),)

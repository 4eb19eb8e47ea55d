"""Which environment variables the settings are read from."""

from typing import Any

from graph.settings import Settings


class Noting(dict[str, str]):
    """An environment that notes which variables were asked for."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """The variable's value; its name is noted."""
        self.asked.add(name)
        return super().get(name, default)


def variables_read() -> set[str]:
    """The names of all variables that choose a setting."""
    environment = Noting({})
    Settings.from_environment(environment)
    return environment.asked

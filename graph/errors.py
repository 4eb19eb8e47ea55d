"""What can go wrong, as keys with parameters; the wording in zh and en is the doors' business (`api/texts`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ParamValue = str | int | float | bool | None
Params = Mapping[str, ParamValue]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell a person: a key of the text files and what to fill in."""

    key: str
    params: Params = field(default_factory=dict)


class FaultlineError(Exception):
    """Base of all expected failures. `exit_code` is what the command line ends with (INTERFACES)."""

    exit_code = 2

    def __init__(self, key: str, /, **params: ParamValue) -> None:
        super().__init__(key, params)
        self.message = Message(key, params)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.message.params.items())
        return f"{self.message.key}({shown})"


class BadInputError(FaultlineError):
    """What was asked or given cannot be used; nothing was changed."""


class RejectedError(FaultlineError):
    """A check found something wrong in what is kept, or rows were rejected."""

    exit_code = 1


class StorageError(FaultlineError):
    """The engine or its data directory cannot be used now."""

    exit_code = 3


class RevisionConflictError(FaultlineError):
    """Somebody was faster: the last revision of the thing of this kind and key is not the one expected."""

    exit_code = 1

    def __init__(self, kind: str, key: str, expected: int, actual: int) -> None:
        super().__init__("store.conflict", key=key, expected=expected, actual=actual)
        self.kind, self.key, self.expected, self.actual = kind, key, expected, actual


class NotAllowedError(FaultlineError):
    """The one who asks may not."""

    exit_code = 4


def kind_of(error: BaseException) -> str:
    """What kind of error it is, without its text; of one of ours its key, of the database's its code."""
    if isinstance(error, FaultlineError):
        return error.message.key
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if isinstance(code, str) else type(error).__name__

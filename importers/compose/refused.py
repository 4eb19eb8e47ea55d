"""What is readable and wrong: a part of a file is left out, and why (the second level of INTERFACES)."""

from graph.errors import Message, ParamValue
from importers.model import Finding, Place, Weight


class Refused(Exception):  # noqa: N818 - read as a sentence where it is raised
    """A service or a whole file cannot be used. `line` where it is known, else that of what is left out."""

    def __init__(self, key: str, *, line: int | None = None, field: str | None = None, **params: ParamValue) -> None:
        super().__init__(key)
        self.message = Message(key if "." in key else f"compose.{key}", params)
        self.line, self.field = line, field

    @classmethod
    def because(cls, message: Message, line: int | None = None) -> "Refused":
        """Left out for a reason that was found elsewhere."""
        refused = cls(message.key, line=line)
        refused.message = message
        return refused

    def finding(self, place: Place) -> Finding:
        """The finding, at a place whose line may be bettered by what was known where it was raised."""
        return Finding(Weight.REJECTED, Place(place.file, self.line or place.line), self.message, self.field)


def warning(place: Place, key: str, field: str | None = None, **params: ParamValue) -> Finding:
    """A warning of this importer."""
    return Finding(Weight.WARNING, place, Message(f"compose.{key}", params), field)

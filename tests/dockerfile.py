"""The Dockerfile as instructions, so that what an image would run can be run without one."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

_CONTINUED = re.compile(r"\\\n\s*")
_OPTION = re.compile(r"--\S+\s+")


@dataclass(frozen=True)
class Instruction:
    """One instruction and the number of its stage, from 0."""

    stage: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words of a command in its exec form."""
        found: list[str] = json.loads(self.text)
        return found


def instructions(path: Path) -> list[Instruction]:
    """The instructions in their order."""
    text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    found: list[Instruction] = []
    stage = -1
    for line in _CONTINUED.sub(" ", text).splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            stage += name == "FROM"
            found.append(Instruction(stage, name, rest.strip()))
    return found


def last(found: list[Instruction], name: str) -> str:
    """The text of the last instruction of that name: the one that counts."""
    return [each.text for each in found if each.name == name][-1]


def environment(found: list[Instruction]) -> dict[str, str]:
    """What the last stage sets."""
    stage = max(each.stage for each in found)
    texts = [each.text for each in found if each.name == "ENV" and each.stage == stage]
    return dict(pair.split("=", 1) for text in texts for pair in text.split())


def copied(found: list[Instruction]) -> list[str]:
    """What is copied from the checkout."""
    texts = [each.text for each in found if each.name == "COPY" and "--from" not in each.text]
    return [source for text in texts for source in _OPTION.sub("", text).split()[:-1]]


def health_command(found: list[Instruction]) -> list[str]:
    """The words of the health check."""
    words: list[str] = json.loads(last(found, "HEALTHCHECK").partition("CMD ")[2])
    return words

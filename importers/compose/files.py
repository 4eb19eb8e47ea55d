"""The files of one project: read once, inside of the folder, and known by the name the user gave."""

from collections.abc import Mapping
from pathlib import Path

from graph.errors import BadInputError
from importers.compose.dotenv import variables_of
from importers.compose.folders import Found
from importers.compose.refused import Refused, warning
from importers.compose.shapes import TAGS
from importers.model import Finding, Place
from importers.safe_yaml import YamlMap, load_documents, read_inside, read_text

NOT_TO_BE_READ = frozenset({"yaml.outside", "yaml.unreadable", "yaml.not_a_file"})
PARTS = frozenset({"services", "include", "volumes", "networks", "configs", "secrets", "models"})
TOP_LEVEL = PARTS | {"name", "version"}


class Files:
    """Documents and variables of files; `findings` gets what there is to say of them."""

    def __init__(self, found: Found, findings: list[Finding]) -> None:
        self._found, self._findings = found, findings
        self._named = set() if found.walked else {file for stack in found.stacks for file in stack}
        self._documents: dict[Path, list[YamlMap] | Refused] = {}
        self._undefined: set[str] = set()
        self._missing: set[Path] = set()

    def shown(self, path: Path) -> str:
        """What messages call a file."""
        return self._found.names.get(path, str(path))

    def documents(self, path: Path) -> list[YamlMap]:
        """The documents of a Compose file, in which variables are not yet filled in.

        Raises
        ------
        BadInputError
            What is no YAML (first level).
        Refused
            `yaml.outside`, `yaml.unreadable` for a file that the user did not name; `compose.not_compose`.
        """
        if path not in self._documents:
            try:
                self._documents[path] = self._loaded(path)
            except Refused as refused:
                self._documents[path] = refused
        kept = self._documents[path]
        if isinstance(kept, Refused):
            raise Refused.because(kept.message, kept.line)
        return kept

    def variables(
        self, path: Path, given: Mapping[str, str], *, required: bool, by: Place | None = None
    ) -> dict[str, str]:
        """`given` and, under it, what an env file says. Where it is missing and `required`, a warning says so."""
        if not path.is_file():
            if required:
                self.say_missing(path, by or Place(self.shown(path)), "include")
            return dict(given)
        try:
            text = self._text(path)
        except Refused as refused:
            self._findings.append(refused.finding(Place(self.shown(path))))
            return dict(given)
        undefined: set[str] = set()
        made, wrong = variables_of(text, given, undefined)
        for line in wrong:
            self._findings.append(warning(Place(self.shown(path), line), "env_line"))
        self.say_undefined(path, dict.fromkeys(sorted(undefined)))
        return {**made, **given}

    def say_missing(self, path: Path, by: Place, field: str) -> None:
        """One warning for each env file that is not there, where it is first asked for."""
        if path not in self._missing:
            self._missing.add(path)
            self._findings.append(warning(by, "env_file_missing", field, path=str(path)))

    def say_undefined(self, path: Path, undefined: Mapping[str, int | None]) -> None:
        """One warning for each variable of the project that has no value, where it is first used."""
        for name, line in undefined.items():
            if name not in self._undefined:
                self._undefined.add(name)
                self._findings.append(warning(Place(self.shown(path), line), "variable_undefined", variable=name))

    def check(self, path: Path) -> None:
        """Refuse a file that is not there or outside, where it is asked for."""
        self._text(path)

    def _text(self, path: Path) -> str:
        if path in self._named:
            return read_text(path, self.shown(path))
        try:
            return read_inside(self._found.fence, path, self.shown(path))
        except BadInputError as error:
            if error.message.key not in NOT_TO_BE_READ:
                raise
            raise Refused.because(error.message) from error

    def _loaded(self, path: Path) -> list[YamlMap]:
        name = self.shown(path)
        loaded = [document for document in load_documents(self._text(path), name, TAGS) if document is not None]
        if not loaded:
            raise Refused("empty", line=1)
        return [self._checked(document, name) for document in loaded]

    def _checked(self, document: object, name: str) -> YamlMap:
        if not isinstance(document, YamlMap):
            raise Refused("not_compose", line=1)
        known = {key for key in document if key in TOP_LEVEL or key.startswith("x-")}
        unknown = [key for key in document if key not in known]
        if unknown and not PARTS & known:
            raise Refused("not_compose", line=document.line)
        for key in unknown:
            self._findings.append(warning(Place(name, document.line_of(key)), "key_unknown", key))
        return document

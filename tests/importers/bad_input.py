"""Every bad input of docs/bad-input.md, by the name it has there: what to import."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import LONG

CIS = "ci_id,name,ci_class,site,criticality,recovery_time\n"
RELATIONSHIPS = "source,type,target,strength,redundancy_group,min_available\n"
CHANGES = "change_id,title,planned_start,zone,affected\n"
HEADERS = {"cis": CIS, "relationships": RELATIONSHIPS, "changes": CHANGES}
GOOD = {
    "cis": "good-1,one,host,,,\ngood-2,two,host,,,\ngood-3,three,host,,,\n",
    "relationships": "good-1,depends_on,good-2,,,\n",
    "changes": "good-change,move,2026-11-28T22:00:00+08:00,,good-1\n",
}
ZIPPED = io.BytesIO()
with zipfile.ZipFile(ZIPPED, "w") as archive:
    archive.writestr("cis.csv", CIS)


@dataclass(frozen=True)
class Files:
    """Files to import, large ones in pieces. `given`: those to name on the command line instead of the folder."""

    source: str
    files: Mapping[str, bytes | list[bytes]]
    given: tuple[str, ...] = ()
    link: tuple[str, str] | None = None  # a symbolic link and where it leads

    def laid_out(self, folder: Path) -> list[Path]:
        """The paths to import, made in a folder."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.writelines([content] if isinstance(content, bytes) else content)
        if self.link is not None:
            (folder / self.link[0]).symlink_to(self.link[1])
        return [folder / name for name in self.given] or [folder / "in"]


@dataclass(frozen=True)
class Rows:
    """Inventory rows that are readable and wrong, by table; as good neighbours they have those of GOOD."""

    tables: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> Files:
        """The whole inventory."""
        return inventory_of([self])


def inventory_of(cases: "list[Rows]") -> Files:
    """One inventory of the good rows and those of all cases."""
    tables = {name: HEADERS[name] + GOOD[name] + "".join(case.tables.get(name, "") for case in cases) for name in GOOD}
    return Files("inventory", {f"in/{name}.csv": text.encode() for name, text in tables.items()})


def cis(content: bytes | str | list[bytes]) -> Files:
    return Files("inventory", {"in/cis.csv": content.encode() if isinstance(content, str) else content})


def lines(*given: str | dict[str, object]) -> Files:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in given)
    return Files("inventory", {"in/all.ndjson": text.encode()})


def compose(text: str, **others: str) -> Files:
    files = {"in/compose.yml": text} | {name.replace("__", "/") + ".yml": words for name, words in others.items()}
    return Files("compose", {name: words.encode() for name, words in files.items()})


def kubernetes(*documents: str) -> Files:
    return Files("kubernetes", {"in/all.yaml": "\n---\n".join(documents).encode()})


def row(table: str, text: str) -> Rows:
    return Rows({table: text + "\n"})


def service(name: str, selector: str = "{app: a}") -> str:
    return f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{selector: {selector}}}}}"


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)
EXTENDS = "services:\n  a: {image: x, extends: b}\n  b: {image: x, extends: a}\n"
DEPLOYMENT = (
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: a}}, "
    "template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i, env: [%s]}]}}}}"
)
MOVE: dict[str, object] = {"kind": "changes", "change_id": "c", "title": "x"}
HOST: dict[str, object] = {"kind": "cis", "ci_id": "a", "name": "x", "ci_class": "host"}
NINES = [b"9" * 10**6] * (1_000 if LONG else 20)  # past what is read of one line, either way
# hostile ones are made only when they are used
CASES: Mapping[str, Callable[[], Files | Rows]] = {
    # inventory, first level
    "wrong encoding": lambda: cis((CIS + "a,承保,host,,,\n").encode("gb18030")),
    "UTF-16": lambda: cis(CIS.encode("utf-16")),
    "lone surrogate": lambda: cis(CIS.encode() + b"a,x,host,,,\nb,\xed\xa0\x80,host,,,\n"),
    "lone surrogate in JSON": lambda: lines(r'{"kind": "cis", "ci_id": "a", "name": "\ud800", "ci_class": "host"}'),
    "NUL": lambda: cis(CIS + "a,x\0y,host,,,\n"),
    "quote never closed": lambda: cis(CIS + 'a,x,host,,,\nb,"y,host,,,\n' + "c,z,host,,,\n" * 3),
    "quote amid a cell": lambda: cis(CIS + 'a,"x"y,host,,,\n'),
    "no header": lambda: cis(""),
    "a column twice": lambda: cis("ci_id,name,ci_class,name\n"),
    "a required column missing": lambda: cis("ci_id,name\na,x\n"),
    "a column without a name": lambda: cis("ci_id,name,ci_class,\na,x,host,1\n"),
    "a million columns": lambda: cis(CIS.strip() + ",x" * 1_000_000 + "\n"),
    "a million fields in JSON": lambda: lines("{" + ",".join(f'"c{i}":1' for i in range(1_000_000)) + "}"),
    "a cell of 50 MB": lambda: cis(CIS.encode() + b"a," + b"x" * 50_000_000 + b",host,,,\n"),
    "a quoted cell of 50 MB": lambda: cis(CIS.encode() + b'a,"' + b"x\n" * 25_000_000 + b'",host,,,\n'),
    "a value of 2 MB in JSON": lambda: lines({"kind": "cis", "ci_id": "a", "name": "x" * 2_000_000}),
    "a duration of 10^9 characters": lambda: cis([CIS.encode(), b"a,x,host,,,", *NINES, b"\n"]),
    "no JSON": lambda: lines("{"),
    "JSON without end of nesting": lambda: lines('{"a":' * 100_000),
    "JSON that is no object": lambda: lines("[1, 2]"),
    "half a character at the end": lambda: cis(CIS.encode() + b"a,\xe4\xb8"),
    "a zip": lambda: Files("inventory", {"inventory.zip": ZIPPED.getvalue()}, ("inventory.zip",)),
    "a gzip": lambda: Files("inventory", {"cis.csv.gz": gzip.compress(CIS.encode())}, ("cis.csv.gz",)),
    "a gzip under the name of a table": lambda: cis(gzip.compress(CIS.encode())),
    "a file of another name": lambda: Files("inventory", {"hosts.csv": CIS.encode()}, ("hosts.csv",)),
    "a file that is not there": lambda: Files("inventory", {}, ("none.csv",)),
    "a folder without tables": lambda: Files("inventory", {"in/readme.txt": b""}),
    # inventory, second level
    "ragged row": lambda: row("cis", "r-1,x,host"),
    "the header again": lambda: row("cis", CIS.strip()),
    "unknown class": lambda: row("cis", "r-2,x,hots,,,"),
    "no name": lambda: row("cis", "r-3,,host,,,"),
    "no id": lambda: row("cis", ",x,host,,,"),
    "id with white space": lambda: row("cis", "r 4,x,host,,,"),
    "id with a bar": lambda: row("cis", "r|5,x,host,,,"),
    "id with an equals sign": lambda: row("cis", "r=6,x,host,,,"),
    "id of a change with white space": lambda: row("changes", "CHG 7,x,,,"),
    "id of 201 characters": lambda: row("cis", "r" * 201 + ",x,host,,,"),
    "id with a bidi character": lambda: row("cis", "r\u202e7,x,host,,,"),
    "id with a zero-width character": lambda: row("cis", "r\u200b8,x,host,,,"),
    "name with a control character": lambda: row("cis", "r-9,x\x1by,host,,,"),
    "no duration": lambda: row("cis", "r-10,x,host,,,4 hrs"),
    "a duration of 100,000 characters": lambda: row("cis", "r-11,x,host,,," + "9" * 100_000),
    "a duration of a thousand years": lambda: row("cis", "r-12,x,host,,,P400000D"),
    "no choice": lambda: row("cis", "r-13,x,host,,urgent,"),
    "a site nobody knows": lambda: row("cis", "r-14,x,host,nowhere,,"),
    "a CI twice with other values": lambda: row("cis", "r-15,x,host,,,\nr-15,y,host,,,"),
    "its own site": lambda: row("cis", "r-16,x,site,r-16,,"),
    "unknown relationship type": lambda: row("relationships", "good-1,depend_on,good-2,,,"),
    "self-loop": lambda: row("relationships", "good-1,depends_on,good-1,,,"),
    "dangling end": lambda: row("relationships", "good-1,depends_on,nobody,,,"),
    "no strength": lambda: row("relationships", "good-1,runs_on,good-2,strong,,"),
    "quorum 0": lambda: row("relationships", "good-2,depends_on,good-1,,a,0"),
    "quorum negative": lambda: row("relationships", "good-2,runs_on,good-1,,b,-1"),
    "quorum 150%": lambda: row("relationships", "good-2,stores_on,good-1,,c,150%"),
    "quorum above its members": lambda: row("relationships", "good-2,powered_by,good-1,,d,2"),
    "quorum without a group": lambda: row("relationships", "good-2,cooled_by,good-1,,,1"),
    "a soft member of a group": lambda: row("relationships", "good-2,provided_by,good-1,soft,e,1"),
    "a group where nothing breaks": lambda: row("relationships", "good-2,documented_by,good-1,,f,1"),
    "rows of a group that disagree": lambda: row(
        "relationships", "good-3,depends_on,good-1,,g,1\ngood-3,depends_on,good-2,,g,2"
    ),
    "a group of feeding and other types": lambda: row(
        "relationships", "good-3,runs_on,good-1,,h,1\ngood-3,stores_on,good-2,,h,1"
    ),
    "a relationship twice with other values": lambda: row(
        "relationships", "good-1,provided_by,good-3,,,\ngood-1,provided_by,good-3,soft,,"
    ),
    "a local time that does not exist": lambda: row("changes", "c-1,x,2026-03-08T02:30:00,America/New_York,"),
    "a local time that occurs twice": lambda: row("changes", "c-2,x,2026-11-01T01:30:00,America/New_York,"),
    "no time": lambda: row("changes", "c-3,x,tomorrow,,"),
    "no time zone": lambda: row("changes", "c-4,x,2026-03-08T02:30:00,Mars/Olympus,"),
    "no effect": lambda: row("changes", "c-5,x,,,good-1=explodes"),
    "a list for a duration": lambda: lines({**HOST, "recovery_time": ["4h"]}),
    "an object for a number": lambda: lines({**HOST, "availability": {"a": 1}}),
    "a number in a list": lambda: lines({**MOVE, "affected": [1]}),
    "a bar in an item of a list": lambda: lines(
        {"kind": "changes", "change_id": "c", "title": "x", "affected": ["a|b"]}
    ),
    "a number of 100 digits": lambda: lines({**HOST, "ci_class": "application", "port": 1e99}),
    "a number below all": lambda: cis("ci_id,name,ci_class,port\na,x,application,-9999999999999999999\n"),
    "a serial of 2,000 characters": lambda: lines({**HOST, "serial": "x" * 2_000}),
    "a column of the store's own": lambda: lines({**HOST, "fl_num": "1"}),
    "a field twice but for white space": lambda: lines({**HOST, "status ": "live", "status": "live"}),
    "no table": lambda: lines({"kind": "hosts", "ci_id": "a"}),
    # inventory, warnings and nothing at all
    "ids that differ in case": lambda: row("cis", "w-1,x,host,,,\nW-1,x,host,,,"),
    "id not in NFC": lambda: row("cis", "cafe\u0301,x,host,,,"),
    "undeclared column": lambda: cis("ci_id,name,ci_class,recoverytime\na,x,host,4h\n"),
    "a record that names an unknown CI": lambda: row("changes", "c-6,x,,,nobody"),
    "a file of another name in a folder": lambda: Files(
        "inventory", {"in/cis.csv": CIS.encode(), "in/relations.csv": b"a,b\n"}
    ),
    "formula cells": lambda: row("cis", "f-1,=cmd|' /C calc'!A0,host,,,"),
    # Compose
    "Compose: a tab": lambda: compose("services:\n\tweb: {image: x}"),
    "Compose: alias bomb": lambda: compose(BOMB),
    "Compose: a Python object": lambda: compose("services: !!python/object:os.system {}"),
    "Compose: a key twice": lambda: compose("services: {a: {image: x}, a: {image: y}}"),
    "Compose: no YAML": lambda: compose("services: ["),
    "Compose: a gzip": lambda: Files("compose", {"in/compose.yml": gzip.compress(b"services: {}")}),
    "Compose: include leaves the folder": lambda: compose("include: [../out.yml]", out="services: {}"),
    "Compose: includes in a circle": lambda: compose("include: [a.yml]", in__a="include: [compose.yml]"),
    "Compose: a symbolic link out": lambda: Files(
        "compose",
        {"in/compose.yml": b"include: [link.yml]", "out.yml": b"services: {}"},
        link=("in/link.yml", "../out.yml"),
    ),
    "Compose: extends in a circle": lambda: compose(EXTENDS),
    "Compose: a required variable": lambda: compose("services: {a: {image: '${X:?say which}'}}"),
    "Compose: no Compose file": lambda: compose("just: text"),
    "Compose: an undefined variable": lambda: compose("services: {a: {image: 'x:${TAG}'}}"),
    "Compose: a service nobody defines": lambda: compose("services: {a: {image: x, depends_on: [b]}}"),
    "Compose: a secret": lambda: compose("services: {a: {image: x, environment: {DB_PASSWORD: hunter2}}}"),
    # Kubernetes
    "Kubernetes: no YAML": lambda: kubernetes("kind: ["),
    "Kubernetes: a zip": lambda: Files("kubernetes", {"in/all.yaml": ZIPPED.getvalue()}),
    "Kubernetes: half a document": lambda: kubernetes("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}"),
    "Kubernetes: two objects of one name": lambda: kubernetes(service("a"), service("a", "{app: b}")),
    "Kubernetes: an object twice the same": lambda: kubernetes(service("a"), service("a")),
    "Kubernetes: an unknown kind": lambda: kubernetes("{apiVersion: x/v1, kind: Thing, metadata: {name: a}}"),
    "Kubernetes: a CRD": lambda: kubernetes(
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a.b.c}}"
    ),
    "Kubernetes: a Service of nothing": lambda: kubernetes(service("a")),
    "Kubernetes: an address of nobody": lambda: kubernetes(DEPLOYMENT % "{name: DB_HOST, value: db.other.svc}"),
}

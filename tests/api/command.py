"""The command line called in this process, against a database of the tests."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.cli import imports
from api.cli.main import main
from tests.engines import Database

COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]
ESTATE = {
    "cis": """\
ci_id,name,name_en,ci_class,status,site,owner,criticality,recovery_time
site-1,主机房,Main site,site,,,,,
team-1,核心组,Core team,team,,,,,
svc-policy,承保,Underwriting,business_service,,,team-1,critical,
svc-claims,理赔,Claims,business_service,,,team-1,high,
app-1,承保系统,Policy system,application,,site-1,,,PT4H
app-2,理赔系统,Claims system,application,,,,,
db-1,保单库 1,,database_instance,,,,,
db-2,保单库 2,,database_instance,,,,,
host-1,host-1,,host,,site-1,,,
""",
    "relationships": """\
source,type,target,strength,redundancy_group,min_available
svc-policy,depends_on,app-1,,,
svc-claims,depends_on,app-2,,,
app-1,depends_on,db-1,,db,1
app-1,depends_on,db-2,,db,1
app-2,depends_on,db-1,,,
app-2,depends_on,app-1,soft,,
db-1,runs_on,host-1,,,
""",
}


class Answered(NamedTuple):
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as JSON; nothing else may have been printed."""
        return json.loads(self.out)


Run = Callable[..., Answered]


def environment(database: Database, data_dir: Path, language: str = "en") -> dict[str, str]:
    """The variables that lead a command to this database."""
    given = database.endpoint
    return {
        "FAULTLINE_DATA_DIR": str(data_dir),
        "FAULTLINE_NEO4J_URI": given.uri,
        "FAULTLINE_NEO4J_USER": given.user,
        "FAULTLINE_NEO4J_PASSWORD": given.password,
        "FAULTLINE_NEO4J_DATABASE": given.database or "",
        "FAULTLINE_LANG": language,
        "COLUMNS": "80",
    }


def runner(capfd: pytest.CaptureFixture[str]) -> Run:
    """A function that runs the command line and returns what came of it."""

    def run(*arguments: str | Path) -> Answered:
        capfd.readouterr()
        code: Any = 0
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(imports, "NICENESS", 0)  # this process goes on, and starts engines
                main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code
        out, err = capfd.readouterr()
        return Answered(0 if code is None else code, out, err)

    return run

"""Inventory files in: what a run writes, and that doing it again writes nothing."""

from pathlib import Path

from graph.store import Store
from tests.engines import imported, inventory

CIS = """\
ci_id,name,ci_class,site,owner,criticality,recovery_time
site-1,主机房,site,,,,
team-1,核心组,team,,,,
app-1,承保系统,application,site-1,team-1,critical,PT4H
db-1,policy db 1,database_instance,,,,
db-2,policy db 2,database_instance,,,,
"""
RELATIONSHIPS = """\
source,type,target,strength,redundancy_group,min_available
app-1,depends_on,db-1,,db,1
app-1,depends_on,db-2,,db,1
"""


def test_importing_the_same_files_again_writes_no_revision_and_the_hash_stands(store: Store, tmp_path: Path) -> None:
    files = inventory(tmp_path / "inv", cis=CIS, relationships=RELATIONSHIPS)

    first = imported(store, files)
    before = store.graph_hash()
    second = imported(store, files)

    assert (first["created"], first["revisions"]) == ({"cis": 5, "relationships": 4, "records": 0}, 9)
    assert (second["revisions"], second["revision"]) == (0, first["revision"])
    assert second["unchanged"] == {"cis": 5, "relationships": 4, "records": 0}
    assert store.graph_hash() == before


def test_a_dry_run_reports_what_the_real_run_then_does(store: Store, tmp_path: Path) -> None:
    files = inventory(tmp_path / "inv", cis=CIS, relationships=RELATIONSHIPS)

    foretold = imported(store, files, dry_run=True)
    nothing = store.revision()
    done = imported(store, files)

    assert nothing == 0
    own = {"run", "dry_run", "revision"}
    assert {k: v for k, v in foretold.items() if k not in own} == {k: v for k, v in done.items() if k not in own}


def test_a_relationship_without_fields_seen_again_in_other_company_writes_no_revision(
    store: Store, tmp_path: Path
) -> None:
    columns = "source,type,target\n"
    imported(store, inventory(tmp_path / "inv", cis=CIS, relationships=columns + "db-1,replicates_to,db-2\n"))

    more = columns + "db-1,replicates_to,db-2\ndb-2,replicates_to,db-1\n"
    again = imported(store, inventory(tmp_path / "inv", relationships=more))

    assert (again["revisions"], again["created"]["relationships"]) == (1, 1)
    assert again["updated"]["relationships"] == 0

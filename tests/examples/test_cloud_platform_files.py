"""The files of the converted records."""

from pathlib import Path

from examples.cloud_platform.__main__ import write


def test_a_table_without_rows_leaves_no_file_of_an_earlier_time(tmp_path: Path) -> None:
    write({"cis": [{"ci_id": "a"}], "changes": [{"change_id": "C-1"}]}, tmp_path)
    write({"cis": [{"ci_id": "b"}], "changes": []}, tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == ["cis.csv"]
    assert (tmp_path / "cis.csv").read_text(encoding="utf-8") == "ci_id\nb\n"

"""An estate as inventory files, in the columns that a real one fills."""

import random
from pathlib import Path

from benchmarks.estates import TYPES, LayeredEstate
from benchmarks.warm_start import ci_ids

AT_ONCE = 100_000  # rows held as text
ENVIRONMENTS = ("production", "production", "production", "staging", "test")
CRITICALITIES = ("critical", "high", "medium", "low")
WORDS = "维护窗口 每周日凌晨 由值班人员执行 maintained by the operations team, see the runbook for the recovery steps "


def write_inventory(made: LayeredEstate, folder: Path, *, remarks: int = 0) -> int:
    """Write `cis.csv` and `relationships.csv`; with `remarks`, a text of that many bytes on each CI. Bytes in all."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = ci_ids(made)
    _cis(made, ids, folder / "cis.csv", remarks)
    _relationships(made, ids, folder / "relationships.csv")
    return sum(file.stat().st_size for file in folder.iterdir())


def typed(made: LayeredEstate) -> list[str]:
    """Names as somebody types them, from three characters on, drawn by a seed."""
    rng = random.Random(4)
    words = [f"{name} {rng.randrange(made.n)}" for name in ("配置项", "item") for _ in range(20)]
    return [word[:end] for word in words for end in range(3, len(word) + 1)]


def _cis(made: LayeredEstate, ids: list[str], path: Path, remarks: int) -> None:
    classes = made.class_of_tier()
    words = WORDS * (remarks // len(WORDS.encode()) + 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("ci_id,name,name_en,ci_class,status,environment,criticality,recovery_time")
        file.write(",remarks\n" if remarks else "\n")
        for start in range(0, made.n, AT_ONCE):
            rows = []
            for at, tier in enumerate(made.tier[start : start + AT_ONCE].tolist(), start):
                environment, critical = ENVIRONMENTS[at % 5], CRITICALITIES[at % 4]
                row = f"{ids[at]},配置项 {at},Item {at},{classes[tier]},live,{environment},{critical},PT{at % 8 + 1}H"
                # every text is another one, so that nothing along the way gains from seeing it again
                rows.append(f'{row},"{at} {words[at % 40 :]}"\n' if remarks else row + "\n")
            file.writelines(rows)


def _relationships(made: LayeredEstate, ids: list[str], path: Path) -> None:
    columns = (made.source, made.target, made.kind, made.soft, made.group, made.min_available)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("source,type,target,strength,redundancy_group,min_available\n")
        for start in range(0, made.m, AT_ONCE):
            some = (column[start : start + AT_ONCE].tolist() for column in columns)
            file.writelines(
                f"{ids[s]},{TYPES[kind]},{ids[t]},{'soft' if soft else ''},{f'g{g},{needed}' if g >= 0 else ','}\n"
                for s, t, kind, soft, g, needed in zip(*some, strict=True)
            )

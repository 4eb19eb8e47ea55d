"""The example's records: agreements, plans, a year of changes and incidents, and the coming fortnight."""

from datetime import datetime, timedelta

from examples.insurer.estate import Estate
from examples.insurer.words import MODULES, SERVICES, TEAMS

NOW = datetime(2026, 11, 23, 18)  # local time of the example; everything after it is to come
PAST_CHANGES, INCIDENTS = 1_480, 800
ZONE = "Asia/Shanghai"
# days off and days worked instead, as announced for the year's long holidays
HOLIDAYS = ["2026-01-01", "2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07", "2027-01-01"]
WORKDAYS = ["2026-10-10"]


def at(moment: datetime) -> str:
    """A moment as files carry it."""
    return moment.isoformat() + "+08:00"


def records(estate: Estate) -> None:
    """All record tables."""
    agreements(estate)
    plans(estate)
    year_of_changes(estate)
    year_of_incidents(estate)
    fortnight(estate)
    scenarios(estate)


def agreements(estate: Estate) -> None:
    """Agreements, calendars."""
    for weekday in ("MO", "TU", "WE", "TH", "FR"):
        estate.add("calendars", calendar_id="office", weekday=weekday, **{"from": "09:00", "to": "18:00"}, zone=ZONE)
    for weekday in ("MO", "TU", "WE", "TH", "FR", "SA", "SU"):
        estate.add("calendars", calendar_id="always", weekday=weekday, **{"from": "00:00", "to": "24:00"}, zone=ZONE)
    for day in HOLIDAYS:
        estate.add("calendar_days", calendar_id="office", date=day, kind="holiday")
    for day in WORKDAYS:
        estate.add("calendar_days", calendar_id="office", date=day, kind="workday")
    for key, _, _, criticality, unit, rto in SERVICES:
        target = {"critical": "0.999", "high": "0.995"}.get(criticality, "0.99")
        contract = {"shoufufei": "contract-clearing", "dianhua": "contract-call"}.get(key, "")
        estate.add("slas", sla_id=f"sla-{key}", service=f"svc-{key}", customer=unit, availability_target=target,
                   calendar_id="always" if criticality in ("critical", "high") else "office",
                   allowed_downtime=f"PT{rto}M", rto=f"PT{rto}M", rpo=f"PT{max(5, rto // 24)}M", response_time="PT15M",
                   signed_at="2026-01-15", reviewed_at="2026-06-30", valid_until="2027-12-31", provider_contract=contract)  # fmt: skip


def plans(estate: Estate) -> None:
    """A continuity plan for each service, all tested in four days of November but one, below which much has changed."""
    for number, (key, name, *_) in enumerate(SERVICES):
        drill = datetime(2026, 11, 19, 8) + timedelta(days=number // 10, hours=number % 10)
        tested = drill if key != "hexin" else datetime(2026, 3, 2, 9)
        estate.add("plans", plan_id=f"plan-{key}", name=f"{name}连续性预案", kind="continuity", covers=f"svc-{key}", version="3",
                   trigger="服务中断超过 15 分钟", invocation_authority="值班经理", roles="指挥、技术、沟通", steps="切换;验证;通报",
                   resources="同城中心", revised_at=at(datetime(2026, 2, 1, 10)), owner="team-service", document=f"doc-{key}")  # fmt: skip
        estate.add("plan_tests", test_id=f"test-{key}", plan_id=f"plan-{key}", tested_at=at(tested), scope=f"svc-{key}",
                   result="passed", findings="无")  # fmt: skip
        if number % 2 == 0:
            estate.add("backups", ci_id=f"db-{key}-1", kept_on="array-c-1", interval="PT24H", duration="PT2H")
    estate.flaw("stale_plan", "plan-hexin", "last tested 2026-03-02, before major change CHG-00700 on db-hexin")


def year_of_changes(estate: Estate) -> None:
    """Changes of the past year: most of them plain, approved and done."""
    rng = estate.rng
    apps = [row["ci_id"] for row in estate.tables["cis"] if row["ci_class"] in ("application", "middleware")]
    nodes = [row["ci_id"] for row in estate.tables["cis"] if row["ci_class"] == "database_instance"]
    for number in range(1, PAST_CHANGES + 1):
        start = datetime(2025, 11, 24, 22) + timedelta(hours=5.9 * (number - 1))
        category = rng.choices(["standard", "simple", "major", "emergency"], [60, 25, 10, 5])[0]
        ci = rng.choice(apps if rng.random() < 0.8 else nodes)
        outcome = rng.choices(["success", "partial", "failed", "backed_out"], [94, 3, 1, 2])[0]
        if number == 700:
            ci, category, outcome = "db-hexin", "major", "success"
        status = {"failed": "failed", "backed_out": "backed_out"}.get(outcome, "closed")
        lasted = timedelta(minutes=rng.randrange(20, 170))
        asked = start - timedelta(days=3)
        estate.add("changes", change_id=f"CHG-{number:05}", title=f"{ci} {rng.choice(MODULES)[0]}维护", category=category,
                   status=status, team=rng.choice(TEAMS)[0], planned_start=at(start), planned_end=at(start + timedelta(hours=3)),
                   actual_start=at(start), actual_end=at(start + lasted), zone=ZONE, affected=ci, effect="degraded", edits="",
                   submitted_at=at(asked), decision="approved", decided_at=at(asked + timedelta(days=1)),
                   decided_by="team-change", outcome=outcome, attempts="1" if outcome == "success" else "2",
                   expects_update="no", back_out_plan=f"DOC-BO-{number:05}", test_evidence=f"DOC-TE-{number:05}",
                   assessment=f"DOC-AS-{number:05}")  # fmt: skip
    _never_happened(estate)


def _never_happened(estate: Estate) -> None:
    # implemented changes whose approved edit the register never saw
    for number, key in enumerate(("chaxun", "hebao", "danzheng", "zaibao", "baobiao"), start=1):
        change = f"CHG-U{number:02}"
        start = datetime(2026, 10, 12, 22) + timedelta(days=number)
        edit = f'[{{"op":"set","ci_id":"db-{key}-1","field":"version","value":"13.{number}"}}]'
        estate.add("changes", change_id=change, title=f"db-{key}-1 升级", category="major", status="implemented", team="team-db",
                   planned_start=at(start), planned_end=at(start + timedelta(hours=3)), actual_start=at(start),
                   actual_end=at(start + timedelta(hours=2)), zone=ZONE, affected=f"db-{key}-1", effect="outage", edits=edit,
                   submitted_at=at(start - timedelta(days=5)), decision="approved", decided_at=at(start - timedelta(days=2)),
                   decided_by="team-change", outcome="success", attempts="1", expects_update="yes",
                   back_out_plan=f"DOC-BO-U{number:02}", test_evidence=f"DOC-TE-U{number:02}",
                   assessment=f"DOC-AS-U{number:02}")  # fmt: skip
        estate.flaw("change_without_update", change, f"db-{key}-1 should be at version 13.{number}")


def year_of_incidents(estate: Estate) -> None:
    """Incidents, problems, outages, audits, releases of the past year."""
    rng = estate.rng
    hit = [row["ci_id"] for row in estate.tables["cis"]
           if row["ci_class"] in ("application", "host", "database_instance", "network_device")]  # fmt: skip
    for number in range(1, INCIDENTS + 1):
        start = datetime(2025, 11, 24, 8) + timedelta(hours=10.8 * number, minutes=rng.randrange(60))
        times = [start + timedelta(minutes=m) for m in (0, 5, 25, 70, 90)]
        cause = f"CHG-{rng.randrange(1, PAST_CHANGES):05}" if rng.random() < 0.04 else ""
        estate.add("incidents", incident_id=f"INC-{number:05}", title=f"{rng.choice(MODULES)[0]}异常", ci_id=rng.choice(hit),
                   services=f"svc-{rng.choice(SERVICES)[0]}", status="closed", priority=rng.choice(["P2", "P3", "P4"]),
                   started_at=at(times[0]), detected_at=at(times[1]), diagnosed_at=at(times[2]), repaired_at=at(times[3]),
                   resolved_at=at(times[4]), caused_by_change=cause, problem_id=f"PRB-{number // 40:03}" if number % 40 == 0 else "")  # fmt: skip
        if number % 40 == 0:
            estate.add("problems", problem_id=f"PRB-{number // 40:03}", title=f"{rng.choice(MODULES)[0]}反复异常", status="closed",
                       ci_id=rng.choice(hit), root_cause="参数不当", known_error="yes", opened_at=at(times[4]),
                       resolved_at=at(times[4] + timedelta(days=9)))  # fmt: skip
    for number in range(60):
        start = datetime(2025, 12, 1, 3) + timedelta(days=6 * number)
        estate.add("outages", outage_id=f"OUT-{number:03}", service=f"svc-{SERVICES[number % 40][0]}", noticed_at=at(start),
                   restored_at=at(start + timedelta(minutes=20 + number)), planned="yes" if number % 4 == 0 else "no")  # fmt: skip
    for number, ci in enumerate(hit[:120]):
        estate.add("audits", audit_id=f"AUD-{number:03}", ci_id=ci, audited_at=at(datetime(2026, 6, 1, 10) + timedelta(days=number)),
                   result="incorrect" if number % 17 == 0 else "correct", auditor="team-service")  # fmt: skip
    for number in range(30):
        estate.add("releases", release_id=f"REL-{number:03}", name=f"版本 {number:03}", version=f"2.{number}",
                   ci_id=f"release-{SERVICES[number][0]}-1", released_at=at(datetime(2026, 1, 10, 22) + timedelta(days=9 * number)),
                   changes=f"CHG-{number * 40 + 1:05}")  # fmt: skip


def fortnight(estate: Estate) -> None:
    """What is planned from now on, and three nights on which it goes wrong."""
    estate.add("windows", window_id="WIN-MONTH-END", kind="blackout", scope="svc-caiwu|svc-zhunbeijin|svc-changfu",
               **{"from": at(datetime(2026, 11, 30)), "to": at(datetime(2026, 12, 2))}, zone=ZONE)  # fmt: skip
    estate.add("windows", window_id="WIN-YEAR-END", kind="blackout", scope="*",
               **{"from": at(datetime(2026, 12, 30)), "to": at(datetime(2027, 1, 3))}, zone=ZONE)  # fmt: skip
    for key, *_ in SERVICES:
        estate.add("windows", window_id=f"WIN-{key}", kind="maintenance", scope=f"svc-{key}", rrule="FREQ=DAILY",
                   duration="PT6H", **{"from": at(datetime(2026, 11, 1, 22))}, zone=ZONE)  # fmt: skip
    for number in range(20):
        key = SERVICES[(number * 7 + 5) % 40][0]
        start = NOW.replace(hour=23) + timedelta(days=number % 14)
        if key not in ("caiwu", "zhunbeijin", "changfu"):
            _coming(estate, f"CHG-N{number:02}", f"app-{key}-1-part-1", start, 2, "degraded", "standard")
    night = datetime(2026, 11, 28, 22)
    _coming(estate, "CHG-E01", "db-hexin-1", night, 3, "outage", "major")
    _coming(estate, "CHG-E02", "db-hexin-2", night + timedelta(hours=2), 3, "outage", "major")
    estate.flaw("emergent_outage", "CHG-E01+CHG-E02", "each takes one node of db-hexin; 2 of 3 are needed")
    _coming(estate, "CHG-B01", "db-caiwu-1", datetime(2026, 11, 30, 23), 2, "outage", "standard")
    estate.flaw("blackout_hit", "CHG-B01", "lies in the month-end closing WIN-MONTH-END of svc-caiwu")
    _coming(estate, "CHG-M01", "app-guanwang-1", datetime(2026, 11, 26, 14), 2, "degraded", "standard")
    estate.flaw("maintenance_window_missed", "CHG-M01", "is planned for 14:00; svc-guanwang is maintained from 22:00")


def _coming(estate: Estate, change: str, ci: str, start: datetime, hours: int, effect: str, category: str) -> None:
    estate.add("changes", change_id=change, title=f"{ci} 变更", category=category, status="scheduled", team="team-db",
               planned_start=at(start), planned_end=at(start + timedelta(hours=hours)), zone=ZONE, affected=ci, effect=effect,
               submitted_at=at(NOW - timedelta(days=4)), decision="approved", decided_at=at(NOW - timedelta(days=1)),
               decided_by="team-change", back_out_plan=f"DOC-BO-{change}", test_evidence=f"DOC-TE-{change}",
               assessment=f"DOC-AS-{change}")  # fmt: skip


def scenarios(estate: Estate) -> None:
    """What might be lost, and what somebody accepted."""
    for scenario, name, seeds, physical in (
        ("SC-SITE-A", "生产中心整体丧失", "site-a", "yes"), ("SC-SITE-B", "同城中心整体丧失", "site-b", "yes"),
        ("SC-ROOM-A1", "生产中心 1 号机房火灾", "room-a1", "yes"), ("SC-POWER-A1", "生产中心 1 号机房双路断电", "feed-a1-1|feed-a1-2", "no"),
        ("SC-ARRAY", "存储阵列故障", "array-a-1", "no"), ("SC-CLEARING", "清算方中断", "sup-clearing", "no"),
        ("SC-DATABASES", "全部数据库停止", "class=database_instance", "no"),
    ):  # fmt: skip
        estate.add("scenarios", scenario_id=scenario, name=name, seeds=seeds, physical=physical)
    estate.add("exceptions", exception_id="EXC-01", subject="room-c1", reason="灾备中心只有一路进线,已接受", owner="team-dc",
               expires_at=at(datetime(2027, 6, 30)))  # fmt: skip
    for before, after in (("db-hexin", "app-hexin-1"), ("mw-mq", "app-hexin-1")):
        estate.add("recovery_order", before=before, after=after)

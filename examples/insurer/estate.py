"""The example's CIs and relationships: three sites, layer upon layer, and the flaws put in on purpose."""

import random
from dataclasses import dataclass, field

from examples.insurer.words import GIVEN, MODULES, SERVICES, SITES, SUPPLIERS, SURNAMES, TEAMS, UNITS

Row = dict[str, str]
RACKS_A_ROOM, HOSTS_A_RACK = 9, 4
NOTHING_RUNS_HERE = ("host-a1-09-4", "host-b2-09-4", "vm-0601", "vm-0602")


@dataclass
class Estate:
    """Tables as they will be written, and the flaws in them."""

    rng: random.Random
    tables: dict[str, list[Row]] = field(default_factory=dict)
    flaws: list[Row] = field(default_factory=list)
    free_vms: dict[str, list[str]] = field(default_factory=dict)
    pairs: int = 0

    def add(self, table: str, **row: str) -> str:
        """Write a row; returns its first value."""
        self.tables.setdefault(table, []).append(row)
        return next(iter(row.values()))

    def ci(self, ci_id: str, ci_class: str, name: str, name_en: str, **fields: str) -> str:
        """Write a CI."""
        return self.add("cis", ci_id=ci_id, name=name, name_en=name_en, ci_class=ci_class, **fields)

    def relate(
        self, source: str, kind: str, *targets: str, group: str = "", needed: str = "", soft: bool = False
    ) -> None:
        """Write relationships; several targets with a group are its members."""
        for target in targets:
            self.add("relationships", source=source, type=kind, target=target, strength="soft" if soft else "",
                     redundancy_group=group, min_available=needed)  # fmt: skip

    def flaw(self, kind: str, subject: str, evidence: str) -> None:
        """Note a flaw that was put in on purpose."""
        self.flaws.append({"kind": kind, "subject": subject, "evidence": evidence})

    def vm(self, site: str) -> str:
        """The next virtual machine of a site that nothing runs on yet."""
        return self.free_vms[site].pop(0)


def build(seed: int) -> Estate:
    """The whole estate; the same seed gives the same rows."""
    estate = Estate(random.Random(seed))
    people(estate)
    facilities(estate)
    network(estate)
    computers(estate)
    shared = platform(estate)
    for number, (key, name, name_en, criticality, unit, rto) in enumerate(SERVICES):
        service(estate, number, key, name, name_en, criticality, unit, rto, shared)
    workers(estate)
    suppliers(estate)
    software(estate)
    return estate


def people(estate: Estate) -> None:
    """Units, teams, persons and roles."""
    for ci_id, name, name_en in UNITS:
        estate.ci(ci_id, "business_unit", name, name_en)
    for ci_id, name, name_en in TEAMS:
        estate.ci(ci_id, "team", name, name_en)
    for number in range(60):
        name = SURNAMES[number % len(SURNAMES)] + GIVEN[(number * 7) % 40 : (number * 7) % 40 + 2]
        person = estate.ci(f"person-{number:02}", "person", name, f"Person {number:02}", owner=TEAMS[number % 12][0])
        if number < 15:
            role = estate.ci(f"role-{number:02}", "role", f"{TEAMS[number % 12][1]}负责人{number // 12 + 1}",
                             f"{TEAMS[number % 12][2]} lead {number // 12 + 1}", owner=TEAMS[number % 12][0])  # fmt: skip
            estate.relate(role, "owned_by", person)


def facilities(estate: Estate) -> None:
    """Sites, rooms, racks; each room with two power feeds and two cooling units, of which one is enough."""
    for site, name, name_en in SITES:
        estate.ci(site, "site", name, name_en, owner="team-dc", recovery_time="PT24H")
        letter = site[-1]
        for number in (1, 2):
            room = f"room-{letter}{number}"
            cooling, feeds = [], []
            for half in "12":
                feeds.append(estate.ci(f"feed-{letter}{number}-{half}", "power_feed", f"{name}{number}号机房 {half} 路供电",
                                       f"{name_en} room {number} feed {half}", owner="team-dc", recovery_time="PT2H"))  # fmt: skip
                cooling.append(estate.ci(f"cooling-{letter}{number}-{half}", "cooling_unit", f"{name}{number}号机房 {half} 号空调",
                                         f"{name_en} room {number} cooling {half}", owner="team-dc", recovery_time="PT4H"))  # fmt: skip
            estate.ci(room, "room", f"{name}{number}号机房", f"{name_en} room {number}", site=site, owner="team-dc")
            estate.relate(room, "cooled_by", *cooling, group="cooling", needed="1")
            for rack in range(1, RACKS_A_ROOM + 1):
                rack_id = estate.ci(f"rack-{letter}{number}-{rack:02}", "rack", f"{name}{number}号机房 {rack:02} 柜",
                                    f"{name_en} room {number} rack {rack:02}", site=room, owner="team-dc", units="42")  # fmt: skip
                estate.relate(rack_id, "powered_by", *feeds, group="power", needed="1")


def network(estate: Estate) -> None:
    """Two leased lines and two cores a site, a pair of access switches a room; site C holds the ring."""
    for at, (site, name, name_en) in enumerate(SITES):
        letter = site[-1]
        lines = [estate.ci(f"line-{letter}-{k}", "network", f"{name}专线 {k}", f"{name_en} line {k}", owner="team-net",
                           recovery_time="PT4H") for k in "12"]  # fmt: skip
        for nth, line in enumerate(lines):
            estate.relate(line, "provided_by", f"sup-carrier-{(at + nth) % 3 + 1}", soft=True)
        cores = [estate.ci(f"core-{letter}-{k}", "network_device", f"{name}核心交换机 {k}", f"{name_en} core switch {k}",
                           site=f"rack-{letter}{k}-01", owner="team-net", recovery_time="PT4H") for k in "12"]  # fmt: skip
        walls = [estate.ci(f"firewall-{letter}-{k}", "security_component", f"{name}防火墙 {k}", f"{name_en} firewall {k}",
                           site=f"rack-{letter}{k}-01", owner="team-sec", recovery_time="PT2H") for k in "12"]  # fmt: skip
        for core in cores:
            estate.relate(core, "connects_through", *lines, group="uplink", needed="1")
        for wall in walls:
            estate.relate(wall, "connects_through", *cores, group="cores", needed="1")
        for number in (1, 2):
            for k in "12":
                switch = estate.ci(f"access-{letter}{number}-{k}", "network_device", f"{name}{number}号机房接入交换机 {k}",
                                   f"{name_en} room {number} access switch {k}", site=f"rack-{letter}{number}-0{k}",
                                   owner="team-net", recovery_time="PT2H")  # fmt: skip
                estate.relate(switch, "connects_through", *cores, group="cores", needed="1")
    ring = [estate.ci(f"ring-{k}", "network_device", f"分支环网交换机 {k}", f"Branch ring switch {k}",
                      site=f"rack-c{2 - k % 2}-0{k}", owner="team-net", recovery_time="PT2H") for k in (1, 2, 3)]  # fmt: skip
    uplink = estate.ci("ring-uplink", "network_device", "分支环网上联设备", "Branch ring uplink", site="rack-c2-01",
                       owner="team-net", recovery_time="PT6H")  # fmt: skip
    estate.relate(uplink, "connects_through", "core-c-1", "core-c-2", group="cores", needed="1")
    for at, switch in enumerate(ring):
        others = [other for other in ring if other != switch]
        members = [uplink, *others] if at < 2 else others
        estate.relate(switch, "connects_through", *members, group="ring", needed="1")
    estate.flaw(
        "ring_without_second_source", "ring-uplink", "ring-1, ring-2 and ring-3 only feed each other without it"
    )


def computers(estate: Estate) -> None:
    """Hosts in racks, four virtual machines on most of them, storage arrays with volumes."""
    machines: dict[str, list[str]] = {site: [] for site, _, _ in SITES}
    count = 0
    for site, name, name_en in SITES:
        letter = site[-1]
        for number in (1, 2):
            for rack in range(3, RACKS_A_ROOM + 1):
                for unit in range(1, HOSTS_A_RACK + 1):
                    host = f"host-{letter}{number}-{rack:02}-{unit}"
                    estate.ci(host, "host", f"{name}服务器 {letter.upper()}{number}-{rack:02}-{unit}", f"{name_en} server {number}-{rack:02}-{unit}",
                              site=f"rack-{letter}{number}-{rack:02}", owner="team-host", environment="生产", recovery_time="PT4H",
                              mtbf="P1000D", serial=f"SN-{letter.upper()}{number}{rack:02}{unit}", cpu_cores="64", memory_gb="512")  # fmt: skip
                    estate.relate(host, "connects_through", f"access-{letter}{number}-1", f"access-{letter}{number}-2",
                                  group="network", needed="1")  # fmt: skip
                    for _ in range(4 if host not in NOTHING_RUNS_HERE else 0):
                        count += 1
                        machines[site].append(_machine(estate, count, host))
        for k in (1, 2):
            array = estate.ci(f"array-{letter}-{k}", "storage_array", f"{name}存储阵列 {k}", f"{name_en} storage array {k}",
                              site=f"rack-{letter}{k}-02", owner="team-storage", recovery_time="PT8H", mtbf="P2000D",
                              serial=f"AR-{letter.upper()}{k}")  # fmt: skip
            estate.relate(
                array, "connects_through", f"access-{letter}{k}-1", f"access-{letter}{k}-2", group="network", needed="1"
            )
    for site, mine in machines.items():
        estate.free_vms[site] = mine
    for ci_id in NOTHING_RUNS_HERE:
        if ci_id.startswith("vm-"):
            for mine in estate.free_vms.values():
                if ci_id in mine:
                    mine.remove(ci_id)
        estate.flaw("no_path_to_service", ci_id, "nothing recorded runs on it")


def _machine(estate: Estate, count: int, host: str) -> str:
    machine = f"vm-{count:04}"
    estate.ci(machine, "virtual_machine", f"虚拟机 {count:04}", f"Virtual machine {count:04}", owner="team-host", environment="prod",
              recovery_time="PT30M", fqdn=f"vm-{count:04}.example", ip=f"10.{count // 250}.{count % 250}.10")  # fmt: skip
    estate.relate(machine, "runs_on", host)
    return machine


def database(
    estate: Estate, key: str, name: str, name_en: str, nodes: int, *, array: str = "", recovery: str = "PT1H"
) -> str:
    """A cluster of two (active and standby) or three (two needed) instances, one a site, each on its own array."""
    cluster = estate.ci(f"db-{key}", "cluster", f"{name}数据库集群", f"{name_en} database cluster", owner="team-db",
                        environment="生产", recovery_time="PT15M")  # fmt: skip
    members = []
    for number in range(1, nodes + 1):
        letter = "abc"[number - 1]
        node = estate.ci(f"db-{key}-{number}", "database_instance", f"{name}数据库 {number}", f"{name_en} database {number}",
                         owner="team-db", environment="生产", recovery_time=recovery, mtbf="P500D", engine="chengche-sql",
                         version="12.4", port="5432", fqdn=f"db-{key}-{number}.example")  # fmt: skip
        estate.relate(node, "runs_on", estate.vm(f"site-{letter}"))
        volume = estate.ci(f"vol-{key}-{number}", "volume", f"{name}数据卷 {number}", f"{name_en} volume {number}",
                           owner="team-storage", recovery_time="PT1H", capacity="4 TB")  # fmt: skip
        estate.pairs += 1
        estate.relate(volume, "stores_on", array or f"array-{letter}-{estate.pairs % 2 + 1}")
        estate.relate(node, "stores_on", volume)
        members.append(node)
    estate.relate(cluster, "depends_on", *members, group="nodes", needed="2" if nodes == 3 else "1")
    estate.relate(members[0], "replicates_to", members[1])
    return cluster


def pair(
    estate: Estate, ci_id: str, ci_class: str, name: str, name_en: str, owner: str, criticality: str = "", **fields: str
) -> str:
    """Something that runs twice, at site A and at site B; one is enough."""
    estate.ci(
        ci_id,
        ci_class,
        name,
        name_en,
        owner=owner,
        environment="生产",
        criticality=criticality,
        recovery_time="PT30M",
        **fields,
    )
    estate.relate(ci_id, "runs_on", estate.vm("site-a"), estate.vm("site-b"), group="instances", needed="1")
    return ci_id


def platform(estate: Estate) -> list[str]:
    """What many services share: identity, configuration, messages, cache, gateway, payment."""
    found = []
    for key, name, name_en, soft in (
        ("mq", "消息总线", "Message bus", False), ("cache", "分布式缓存", "Distributed cache", True),
        ("gateway", "统一网关", "API gateway", False), ("files", "文件服务", "File service", True),
        ("schedule", "调度平台", "Scheduler", True), ("log", "日志平台", "Log platform", True),
    ):  # fmt: skip
        found.append(
            pair(estate, f"mw-{key}", "middleware", name, name_en, "team-mw", engine="soft" if soft else "hard")
        )
    walls = [row["ci_id"] for row in estate.tables["cis"] if row["ci_class"] == "security_component"]
    estate.relate("mw-gateway", "depends_on", *walls, group="firewalls", needed="1")
    identity = pair(estate, "app-identity", "application", "统一认证", "Identity", "team-app", "critical")
    config = pair(estate, "app-config", "application", "配置中心", "Configuration centre", "team-app", "critical")
    estate.relate(identity, "depends_on", config, database(estate, "identity", "统一认证", "Identity", 3))
    estate.relate(config, "depends_on", identity)
    estate.add("recovery_order", before="app-identity", after="app-config")
    estate.flaw(
        "circular_recovery", "app-identity", "app-identity and app-config each need the other before they can start"
    )
    payment = estate.ci("app-payment", "application", "支付路由", "Payment routing", owner="team-app", environment="生产",
                        criticality="critical", recovery_time="PT30M")  # fmt: skip
    estate.relate(payment, "runs_on", estate.vm("site-a"), estate.vm("site-b"), group="instances", needed="1")
    for number in (1, 2):
        channel = pair(
            estate, f"pay-{number}", "component", f"支付通道 {number}", f"Payment channel {number}", "team-app"
        )
        estate.relate(channel, "provided_by", f"sup-pay-{number}")
    estate.relate(payment, "depends_on", "pay-1", "pay-2", group="channels", needed="1")
    return [*found, identity, payment]


def service(
    estate: Estate,
    number: int,
    key: str,
    name: str,
    name_en: str,
    criticality: str,
    unit: str,
    rto: int,
    shared: list[str],
) -> None:
    """A business service over its applications, their databases and the platform."""
    hours = {"critical": "7x24", "high": "7x24"}.get(criticality, "5x9")
    svc = estate.ci(f"svc-{key}", "business_service", name, name_en, owner="team-service", criticality=criticality,
                    rto=f"PT{rto}M", rpo=f"PT{max(5, rto // 24)}M", mtpd=f"PT{rto * 3}M", service_hours=hours)  # fmt: skip
    nodes = 3 if criticality == "critical" else 2
    slow = {"shoufufei": "PT6H"}.get(key, "PT1H")
    cluster = database(estate, key, name, name_en, nodes, array="array-a-1" if key == "lipei" else "", recovery=slow)
    for at in range(2 + number % 2):
        module, module_en = MODULES[(number + at * 3) % len(MODULES)]
        app = f"app-{key}-{at + 1}"
        if key == "chengbao" and at == 0:
            _one_rack(estate, app, f"{name}{module}", f"{name_en} {module_en}", criticality)
        else:
            pair(estate, app, "application", f"{name}{module}", f"{name_en} {module_en}", "team-app", criticality)
        estate.relate(app, "depends_on", cluster)
        estate.relate(app, "depends_on", "mw-mq" if at == 0 else "mw-gateway", "app-identity")
        estate.relate(app, "depends_on", "mw-cache", "mw-log", "mw-files", "mw-schedule", soft=True)
        for part in range(2):
            piece = estate.ci(f"{app}-part-{part + 1}", "component", f"{name}{module}组件 {part + 1}",
                              f"{name_en} {module_en} component {part + 1}", owner="team-dev", environment="生产",
                              recovery_time="PT10M")  # fmt: skip
            estate.relate(app, "depends_on", piece)
        estate.relate(svc, "depends_on", app, soft=at == 2)
    if key in ("shoufufei", "chengbao", "yinbao", "app", "touzi", "chexian"):
        estate.relate(svc, "depends_on", "app-payment")
    if key == "dianhua":
        estate.relate(svc, "connects_through", "ring-1", "ring-2", "ring-3", group="branches", needed="1")
    _flaws_of_service(estate, key)


def _one_rack(estate: Estate, app: str, name: str, name_en: str, criticality: str) -> None:
    estate.ci(
        app,
        "application",
        name,
        name_en,
        owner="team-app",
        environment="生产",
        criticality=criticality,
        recovery_time="PT30M",
    )
    hosts: dict[str, str] = {}
    for row in estate.tables["relationships"]:
        if row["type"] == "runs_on" and row["target"].startswith("host-b1-05-"):
            hosts.setdefault(row["target"], row["source"])
    machines = [hosts["host-b1-05-1"], hosts["host-b1-05-2"]]
    for machine in machines:
        estate.free_vms["site-b"].remove(machine)
    estate.relate(app, "runs_on", *machines, group="instances", needed="1")
    estate.flaw("shared_fate_rack", "rack-b1-05", f"both instances of {app} stand in it")


def _flaws_of_service(estate: Estate, key: str) -> None:
    if key == "lipei":
        estate.flaw("spof_behind_redundancy", "array-a-1", "all three nodes of db-lipei keep their data on it")
    if key == "shoufufei":
        estate.flaw("missed_rto", "svc-shoufufei", "RTO is 2 h; its database nodes take 6 h each")


def workers(estate: Estate) -> None:
    """What is left of the machines runs workers of the applications, which do without any one of them."""
    apps = [row["ci_id"] for row in estate.tables["cis"] if row["ci_class"] == "application"]
    left = [machine for mine in estate.free_vms.values() for machine in mine]
    for number, machine in enumerate(left):
        app = apps[number % len(apps)]
        worker = estate.ci(f"worker-{number:03}", "container", f"工作节点 {number:03}", f"Worker {number:03}", owner="team-app",
                           environment="生产", recovery_time="PT5M", image="worker:4.1")  # fmt: skip
        estate.relate(worker, "runs_on", machine)
        estate.relate(app, "depends_on", worker, soft=True)


def suppliers(estate: Estate) -> None:
    """Suppliers, their subcontractors and contracts."""
    for ci_id, name, name_en in SUPPLIERS:
        estate.ci(ci_id, "supplier", name, name_en, owner="team-vendor", recovery_time="PT12H")
        contract = estate.ci(f"contract-{ci_id[4:]}", "contract", f"{name}服务合同", f"{name_en} contract", owner="team-vendor",
                             availability_target="0.9995" if ci_id != "sup-clearing" else "0.99", response_time="PT30M",
                             signed_at="2025-12-01", valid_until="2027-12-31")  # fmt: skip
        estate.relate(ci_id, "documented_by", contract)
    for number in (1, 2):
        estate.relate(f"sup-pay-{number}", "subcontracted_to", "sup-clearing")
    estate.flaw("shared_fate_supplier", "sup-clearing", "both payment channels of app-payment are subcontracted to it")
    estate.flaw(
        "sla_chain_breach", "contract-clearing", "promises 0.99; agreement sla-shoufufei above it promises 0.999"
    )


def software(estate: Estate) -> None:
    """Releases, licences, master copies, documents and assets."""
    apps = [row["ci_id"] for row in estate.tables["cis"] if row["ci_class"] == "application"]
    for number, app in enumerate(apps):
        version = f"{number % 5 + 1}.{number % 9}.{number % 4}"
        release = estate.ci(f"release-{app[4:]}", "software_release", f"{app[4:]} 版本 {version}", f"{app[4:]} release {version}",
                            version=version, owner="team-dev")  # fmt: skip
        estate.relate(app, "contains_release", release)
        if number % 3 == 0:
            estate.ci(
                f"master-{app[4:]}",
                "master_copy",
                f"{app[4:]} 母盘",
                f"{app[4:]} master copy",
                owner="team-dev",
                kept_at="介质库",
            )
    for number in range(40):
        estate.ci(f"licence-{number:02}", "licence", f"软件许可证 {number:02}", f"Licence {number:02}", owner="team-vendor",
                  valid_until="2027-06-30", seats="100")  # fmt: skip
    for key, name, name_en, *_ in SERVICES:
        document = estate.ci(f"doc-{key}", "document", f"{name}应急预案", f"{name_en} continuity plan", owner="team-service",
                             document_kind="plan", review_date="2026-12-31")  # fmt: skip
        estate.relate(f"svc-{key}", "documented_by", document)
    hosts = [row["ci_id"] for row in estate.tables["cis"] if row["ci_class"] in ("host", "storage_array")]
    for host in hosts:
        estate.ci(f"asset-{host}", "asset", f"固定资产 {host}", f"Asset {host}", owner="team-vendor", purchased_at="2024-03-01",
                  value="180000")  # fmt: skip
        estate.relate(host, "documented_by", f"asset-{host}")
    for ci_id in ("app-peixun-1", "db-dangan-1", "mw-schedule"):
        row = next(row for row in estate.tables["cis"] if row["ci_id"] == ci_id)
        row["owner"] = ""
        estate.flaw("no_owner", ci_id, "nobody is responsible for it")

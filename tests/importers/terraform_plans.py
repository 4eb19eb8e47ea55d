"""Plans as `terraform show -json` prints them, as far as a review reads them and a little further."""

from typing import Any

DELETE, CREATE, UPDATE = ["delete"], ["create"], ["update"]
REPLACE, CREATE_FIRST, NOTHING = ["delete", "create"], ["create", "delete"], ["no-op"]


def resource(address: str, actions: list[str], before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """One entry of `resource_changes`; `more`: of the entry, and of its `change` what belongs there."""
    inner = ("after_unknown", "before_sensitive", "after_sensitive", "replace_paths", "importing")
    change = {"actions": actions, "before": before, "after": after, "after_unknown": {}, "before_sensitive": False,
              "after_sensitive": False, **{name: more.pop(name) for name in inner if name in more}}  # fmt: skip
    kind = address.rpartition(".")[0].rpartition(".")[2] or "aws_instance"
    return {"address": address, "mode": "managed", "type": kind, "name": "x",
            "provider_name": "registry.example/aws", "change": change, **more}  # fmt: skip


def plan(*changes: dict[str, Any], version: str = "1.2", **more: Any) -> dict[str, Any]:
    """A plan with these resource changes."""
    return {
        "format_version": version,
        "terraform_version": "1.9.5",
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        "configuration": {"root_module": {}},
        **more,
    }

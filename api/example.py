"""The living example (`examples/insurer`), imported: what `faultline demo` shows, and fills an empty register."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import BadInputError

if TYPE_CHECKING:
    from api.register import Register
    from importers.run import Watch

EXAMPLE = Path(__file__).parents[1] / "examples" / "insurer"
SCOPE = "insurer"


def load_example(register: "Register", actor: str, watch: "Watch | None" = None) -> dict[str, Any]:
    """Import the example; the report as JSON. BadInputError `cli.demo_missing` where there is no checkout."""
    from importers.inventory import SOURCE
    from importers.model import Request
    from importers.run import run_import

    folder = EXAMPLE / "inventory"
    if not folder.is_dir():
        raise BadInputError("cli.demo_missing")
    request = Request([folder], register.settings, scope=SCOPE, ontology=register.store.ontology)
    return run_import(SOURCE, request, register.store, actor, watch=watch).plain()

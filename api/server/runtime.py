"""What the parts of one server share: its settings, what it measures, its places, and whether it is ending."""

from collections.abc import Callable
from dataclasses import dataclass, field

from api.server.admission import Admission
from api.server.metrics import Metrics
from api.server.places import ARRIVING, ARRIVING_OF_ONE, Places
from api.server.settings import ServerSettings
from api.server.stopping import Stopping
from api.server.telemetry import Tracing
from api.server.trusted import Trusted
from api.watching.watch import Progress


@dataclass(eq=False)
class Runtime:
    """Shared by all requests of one application. `in_use`: how many connections to the database are.

    `watch`: how far the watch of coming changes is.
    """

    settings: ServerSettings = field(default_factory=ServerSettings)
    metrics: Metrics = field(default_factory=Metrics)
    stopping: Stopping = field(default_factory=Stopping)
    tracing: Tracing = field(default_factory=Tracing)
    watching: Places = field(default_factory=Places)
    arriving: Places = field(default_factory=lambda: Places(ARRIVING, ARRIVING_OF_ONE))
    in_use: Callable[[], int] = lambda: 0
    watch: Callable[[], Progress] = Progress
    admission: Admission = field(init=False)
    trusted: Trusted = field(init=False)

    def __post_init__(self) -> None:
        self.admission = Admission(self.settings.request)
        self.trusted = Trusted.read(self.settings.trusted_documents, only=self.settings.trusted_only)

"""What the parts of one server share: its settings, what it measures, its places, and whether it is ending."""

from collections.abc import Callable
from dataclasses import dataclass, field

from api.server.admission import Admission
from api.server.metrics import Metrics
from api.server.settings import ServerSettings
from api.server.stopping import Stopping
from api.server.telemetry import Tracing
from api.server.trusted import Trusted
from api.server.watching import Watching


@dataclass(eq=False)
class Runtime:
    """Shared by all requests of one application. `in_use`: how many connections to the database are."""

    settings: ServerSettings = field(default_factory=ServerSettings)
    metrics: Metrics = field(default_factory=Metrics)
    stopping: Stopping = field(default_factory=Stopping)
    tracing: Tracing = field(default_factory=Tracing)
    watching: Watching = field(default_factory=Watching)
    in_use: Callable[[], int] = lambda: 0
    admission: Admission = field(init=False)
    trusted: Trusted = field(init=False)

    def __post_init__(self) -> None:
        self.admission = Admission(self.settings.request)
        self.trusted = Trusted.read(self.settings.trusted_documents, only=self.settings.trusted_only)

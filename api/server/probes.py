"""`/livez`, `/readyz` and `/metrics`: for whoever runs the server, not for who uses it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.server.freshness import Freshness
from api.server.metrics import MEDIA
from api.server.notes import note
from api.server.runtime import Runtime

METRICS = "/metrics"


def probes(freshness: Freshness, runtime: Runtime) -> list[Route]:
    """The routes."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        reason = "server.stopping" if runtime.stopping.since is not None else await freshness.reason()
        if reason is None:
            return JSONResponse({"ready": True, "revision": freshness.store})
        note().key = reason
        return JSONResponse({"ready": False, "reason": reason}, 503)

    async def metrics(_: Request) -> Response:
        await freshness.reason()
        found = runtime.metrics
        found.revisions(freshness.store, freshness.estate)
        found.lag_seconds.set(freshness.lag_seconds)
        found.waiting.set(len(runtime.admission.waiting))
        found.in_use.set(runtime.in_use())
        found.watch(runtime.watch())
        return Response(found.text(), media_type=MEDIA)

    return [Route("/livez", livez), Route("/readyz", readyz), Route(METRICS, metrics)]

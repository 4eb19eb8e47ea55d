"""What is no HTTP is answered like everything else that is refused: typed, with an id."""

import secrets

import h11
from starlette.responses import JSONResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.server.notes import HEADER


class Http(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it."""

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, and close."""
        key, request_id = "server.no_http", secrets.token_hex(16)
        answer = JSONResponse({"errors": [{"message": key, "extensions": {"key": key, "requestId": request_id}}]})
        headers = [*answer.raw_headers, (HEADER.encode(), request_id.encode()), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

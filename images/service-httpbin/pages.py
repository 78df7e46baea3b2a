"""httpbin, and beside it the certificate of the authority that the server's own is signed by."""

from pathlib import Path

from flask import Response
from httpbin import app

AUTHORITY = Path("/scratch/authority.pem")


@app.route("/authority.pem")
def authority() -> Response:
    """The authority that a client must trust to speak HTTPS with this server."""
    return Response(AUTHORITY.read_bytes(), mimetype="application/x-pem-file")

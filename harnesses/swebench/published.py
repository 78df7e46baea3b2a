"""What a published image says in `ENV`, kept in a file: a box gives its programs none of an image's variables."""

from __future__ import annotations

from .dockerfile import run

_FILE = "/opt/boxscore/environment"
# What is the box's own to say, or is there only while an image is built.
_LEFT_OUT = (
    "HOME|PWD|OLDPWD|SHLVL|HOSTNAME|TMPDIR|PATH|_|[A-Za-z]+_(proxy|PROXY)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE"
    "|CURL_CA_BUNDLE|GIT_SSL_CAINFO|PIP_CERT|NODE_EXTRA_CA_CERTS|CARGO_HTTP_CAINFO|PIP_INDEX_URL|UV_DEFAULT_INDEX"
    "|NPM_CONFIG_REGISTRY|GOPROXY"
)
LOAD = f"source {_FILE}"


def save_environment() -> str:
    """The instruction that writes the file, which `LOAD` reads."""
    kept = f"export -p | grep -Ev '^declare -x ({_LEFT_OUT})(=|$)' > {_FILE} || true"
    return run("mkdir -p /opt/boxscore", kept) + "\n"

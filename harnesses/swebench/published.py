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
# A box gives Chrome no right to make a sandbox of its own; it is one itself, without a network.
_CHROME = (
    "for name in google-chrome google-chrome-stable; do if grep -qs chrome-pinned /usr/bin/$name; then"
    """ sed -i 's#/chrome "#/chrome --no-sandbox --disable-dev-shm-usage "#' /usr/bin/$name; fi; done"""
)
LOAD = f"source {_FILE}"


def save_environment() -> str:
    """The instruction that writes the file, which `LOAD` reads, and lets the image's Chrome start in a box."""
    kept = f"export -p | grep -Ev '^declare -x ({_LEFT_OUT})(=|$)' > {_FILE} || true"
    return run("mkdir -p /opt/boxscore", kept, _CHROME) + "\n"

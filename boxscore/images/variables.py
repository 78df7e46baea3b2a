"""Which variables of an image its tests get: a box gives its programs none of them, so they are kept in a file."""

from __future__ import annotations

from boxscore.images.layers import CERTIFICATE_VARIABLES, REGISTRY_VARIABLES

# What is the box's own to say, and what is there only while an image is built: addresses of this machine's servers, in
# which a name and a password may stand, must not stay in an image.
_NOT_KEPT = (
    *("HOME", "PWD", "OLDPWD", "SHLVL", "HOSTNAME", "TMPDIR", "PATH", "_", "[A-Za-z]+_(proxy|PROXY)"),
    *CERTIFICATE_VARIABLES,
    *REGISTRY_VARIABLES,
)


def save_variables(file: str) -> str:
    """The line of a bash script that writes an image's variables to a file, which `source` reads again."""
    return f"export -p | grep -Ev '^declare -x ({'|'.join(_NOT_KEPT)})(=|$)' > {file} || true"

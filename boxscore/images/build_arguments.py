"""What of this machine's settings goes into a build: its way to package servers, never its credentials.

Build arguments stay readable in an image's history, and every package that is built runs code of its own. So names
and passwords in addresses are cut off, and nothing but the variables named here is passed in: no tokens, no
configuration of pip, npm or docker, no netrc. A server that asks for a password has to be reached by a mirror that
does not.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MAVEN_MIRROR = "BOXSCORE_MAVEN_MIRROR"  # a mirror in place of Maven Central, for builds and for boxes
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def build_arguments(
    names: Iterable[str], say: Callable[[str], None], environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The variables of `names` that are set, their addresses without credentials; `say` is told what was cut off."""
    found = {}
    for name in (*PROXIES, *names):
        given = environ.get(name)
        if given:
            found[name] = ",".join(_without_credentials(part) for part in given.split(","))
            if found[name] != given:
                say(f"builds do not get the name and password in {name}: they could stay in an image")
    return found


def _without_credentials(text: str) -> str:
    """An address, or a list of them as GOPROXY has it, without what stands before the `@` of its host."""
    return "|".join(_bare(part) for part in text.split("|"))


def _bare(address: str) -> str:
    scheme, separator, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    if "@" not in host:
        return address
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"

"""Which repositories' tests talk to servers of the world, and what stands in for those in a box's own network."""

from __future__ import annotations

import re

from boxscore import Service

# Until 2.8 tests of requests ask httpbin.org for nearly all they do, and one follows a redirect to another host. Later
# ones ask a server of their own, and still want an address that never answers, which each network has.
_REQUESTS = "psf/requests"
_OWN_SERVER = (2, 8)
HTTPBIN = Service(host="httpbin.org", image="service-httpbin")
OTHER_HOST = Service(host="www.google.co.uk", image="service-httpbin")

_AUTHORITY = "/scratch/authority.pem"
_FETCH = (
    "import urllib.request as ask; "
    f"open('{_AUTHORITY}', 'wb').write(ask.urlopen('http://{HTTPBIN.host}/authority.pem', timeout=60).read())"
)
# The authorities that requests trusts are a file of its own tree; some tests do not look at the environment for others.
# The file is found, not named: what test commands name is a part of the tests, which must not change while they run.
TRUSTING = (
    f'/boxscore/bin/python3 -c "{_FETCH}"',
    f"for bundle in $(find requests -maxdepth 1 -name 'cacert*'); do cat {_AUTHORITY} >> \"$bundle\"; done",
)


def services(repo: str, version: str) -> tuple[Service, ...]:
    """The services that the tests of a version of a repository need."""
    if repo != _REQUESTS:
        return ()
    numbers = tuple(int(number) for number in re.findall(r"\d+", version))
    return (HTTPBIN,) if numbers >= _OWN_SERVER else (HTTPBIN, OTHER_HOST)


def trusting(repo: str, version: str) -> tuple[str, ...]:
    """Commands before tests, for those that trust the certificate that a service made for itself."""
    return TRUSTING if services(repo, version) else ()

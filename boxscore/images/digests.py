"""Digests of published images: a tag may move, a digest names one image for ever."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import DataError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGESTS = "digests.json"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HUB = "registry-1.docker.io"
_TIMEOUT_S = 30.0
_ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
    )
)


def known_digests(data: Path) -> Mapping[str, str]:
    """The digests by image name that BOXSCORE_DIGESTS, or `digests.json` beside the data, holds.

    Raises InputError if the file is not an object of image name → `sha256:…`.
    """
    named = os.environ.get("BOXSCORE_DIGESTS")
    path = Path(named) if named else data.parent / DIGESTS
    if not named and not path.is_file():
        return {}
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except msgspec.MsgspecError as error:
        raise InputError(f"not a file of digests: {error}", path=path) from error
    wrong = next((name for name, digest in found.items() if DIGEST.fullmatch(digest) is None), None)
    if wrong is not None:
        raise InputError("must be sha256: and 64 hexadecimal digits", path=path, field=wrong)
    return found


def pinned_image(image: str, digest: str) -> str:
    """An image by digest, such as `swebench/sweb.eval.x86_64.x@sha256:…`."""
    name, colon, tag = image.rpartition(":")
    return f"{name if colon and '/' not in tag else image}@{digest}"


def resolve_digest(image: str, *, registry: str | None = None) -> str:
    """Ask a registry which digest a tag has now, so that it can be written down.

    Args:
        image: A name with a tag, such as `swebench/sweb.eval.x86_64.x:latest`.
        registry: A URL to ask in place of Docker Hub's, such as a mirror's.

    Raises:
        DataError: The registry cannot be reached, does not have the image or does not tell a digest.
    """
    import requests  # noqa: PLC0415 - heavy, and needed to ask only

    name, _, tag = image.rpartition(":")
    url = f"{registry or f'https://{_HUB}'}/v2/{name}/manifests/{tag}"
    try:
        headers = {"Accept": _ACCEPT}
        answer = requests.head(url, headers=headers, timeout=_TIMEOUT_S, allow_redirects=True)
        if answer.status_code == requests.codes.unauthorized:
            headers["Authorization"] = f"Bearer {_token(answer.headers.get('WWW-Authenticate', ''))}"
            answer = requests.head(url, headers=headers, timeout=_TIMEOUT_S, allow_redirects=True)
        answer.raise_for_status()
    except (requests.RequestException, ValueError) as error:
        raise DataError(f"cannot tell the digest of {image}: {' '.join(str(error).split())[:200]}") from error
    digest = answer.headers.get("Docker-Content-Digest", "")
    if DIGEST.fullmatch(digest) is None:
        raise DataError(f"{url} does not tell a digest")
    return digest


def _token(challenge: str) -> str:
    """Get a token for anybody from the place that a registry names."""
    import requests  # noqa: PLC0415 - as above

    fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = fields.pop("realm", "")
    if not realm.startswith("https://"):
        raise ValueError(f"the registry asks for credentials in a way that is not known: {challenge[:100]!r}")
    answer = requests.get(realm, params=fields, timeout=_TIMEOUT_S)
    answer.raise_for_status()
    token = answer.json().get("token")
    if not isinstance(token, str):
        raise ValueError(f"{realm} gave no token")  # noqa: TRY004 - what is wrong is the answer, not a type of ours
    return token

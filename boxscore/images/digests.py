"""Digests of published images: a tag may move, a digest names one image for ever."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGESTS = "digests.json"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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

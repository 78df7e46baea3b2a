"""Code that was extracted before: a finished run of thousands of chat answers resumes without parsing them again.

Kept in the cache folder, one file for a set of answers, named by all that extraction hangs on: the answers, the
benchmark's data, our own sources and the parser. Only for harnesses that ship with boxscore: what a plugin
elsewhere hangs on cannot be known, so its answers are extracted each time.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.cache import read_cached, write_cached
from boxscore.records import fingerprint
from boxscore.resources import folder, package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.harness import Harness
    from boxscore.records import Sample

KEPT_FILES = 32
FEWEST_KEPT = 100  # answers: to extract fewer takes less time than to hash our own sources
_DECODER = msgspec.json.Decoder(list[str | None])


class ExtractedCode(Struct, frozen=True, kw_only=True):
    """Where extracted code of one benchmark's data is kept."""

    path: Path
    data_sha256: str

    def load(self, samples: Sequence[Sample]) -> list[str | None] | None:
        """The code of these samples, in their order; None if it is not kept."""
        file = self._file(samples)
        data = read_cached(file)
        try:
            codes = None if data is None else _DECODER.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        if codes is None:
            return None
        with suppress(OSError):
            os.utime(file)
        return codes if len(codes) == len(samples) else None

    def save(self, samples: Sequence[Sample], codes: Sequence[str | None]) -> None:
        """Keep code, and forget the sets that were used least lately; a cache that cannot be written is no trouble."""
        file = self._file(samples)
        with suppress(OSError, UnicodeEncodeError):
            if not write_cached(file, msgspec.json.encode(list(codes))):
                return
            kept = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
            for old in kept[KEPT_FILES:]:
                old.unlink(missing_ok=True)

    def _file(self, samples: Sequence[Sample]) -> Path:
        digest = hashlib.sha256(_version().encode() + self.data_sha256.encode())
        for sample in samples:
            text = sample.text.encode(errors="surrogatepass")
            digest.update(f"{sample.instance_id!r} {sample.kind} {len(text)}\n".encode())
            digest.update(text)
        return self.path / "extracted" / f"{digest.hexdigest()[:32]}.json"


def ships_with_boxscore(harness: Harness) -> bool:
    """Whether a harness is written in one of our own files, and all that it inherits is ours too."""
    files = {
        Path(code.co_filename)
        for kind in type(harness).__mro__
        for value in vars(kind).values()
        if (code := getattr(value, "__code__", None)) is not None
    }
    own = {getattr(value, "__code__", None) for value in vars(type(harness)).values()} - {None}
    plugins = {file for file in files if file.is_relative_to(folder("harnesses"))}
    return bool(own) and bool(plugins) and all(file.is_relative_to(package()) for file in files - plugins)


def _version() -> str:
    """Hash our own sources, and what they parse with."""
    import platform  # noqa: PLC0415 - for this only
    from importlib.metadata import version  # noqa: PLC0415 - for this only

    sources = [*package().rglob("*.py"), *folder("harnesses").rglob("*.py")]
    return fingerprint(
        platform.python_version(),
        version("tree-sitter"),
        version("tree-sitter-python"),
        [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(sources)],
    )

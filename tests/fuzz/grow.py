"""Grow the corpora that `test_corpus.py` replays: inputs that take the decoders down every path that was found.

    python -m pip install atheris
    python tests/fuzz/grow.py [--seconds 120] [answers] [frames] [logs] [reports] [patches]

What is there is the start; the shortest inputs that take all steps of the code are written back, one hexadecimal line
for each.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # also when run as a script

from tests.fuzz.targets import CORPORA, SEEDS, TARGETS, read_corpus

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Step = tuple[tuple[str, int, int], int]
    TraceFunction = Callable[[FrameType, str, object], "TraceFunction"]

READERS = (
    "plain",
    "boxscore.protocols.wire",
    "boxscore.protocols.patch.logs",
    "boxscore.protocols.patch.diff",
    "boxscore.protocols.patch.admission",
)
TRACED = ("/plain.py", "/protocols/wire.py", "/patch/diff.py", "/patch/admission.py")
LONGEST = 4096
KEPT_BYTES = 1024  # what is longer costs more room than it shows
CALL_S = 5


def inside(name: str, words: list[str]) -> None:
    atheris = importlib.import_module("atheris")  # not needed to replay, and without types

    with atheris.instrument_imports(include=list(READERS)):
        target = TARGETS[name]()
    atheris.Setup([sys.argv[0], *words], target)
    atheris.Fuzz()


def fuzz(name: str, *words: str) -> None:
    """Fuzz in a process of its own. Raises CalledProcessError if the decoder failed."""
    bounds = [f"-max_len={LONGEST}", f"-timeout={CALL_S}", "-rss_limit_mb=1024", "-verbosity=0"]
    subprocess.run([sys.executable, __file__, "--inside", name, *bounds, *words], check=True)


def steps(decode: Callable[[bytes], object], data: bytes) -> set[Step]:
    """The steps from line to line that a decoder takes, how often by powers of two, and what comes of it."""
    taken: Counter[tuple[str, int, int]] = Counter()

    def local(frame: FrameType, last: list[int]) -> TraceFunction:
        def trace(frame: FrameType, _event: str, _argument: object) -> TraceFunction:
            taken[frame.f_code.co_filename, last[0], frame.f_lineno] += 1
            last[0] = frame.f_lineno
            return trace

        return trace

    def called(frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
        file = frame.f_code.co_filename
        return local(frame, [0]) if file.endswith(TRACED) or "/logs/" in file else None

    sys.settrace(called)
    try:
        end = decode(data)
    finally:
        sys.settrace(None)
    return {((str(end), 0, 0), 1), *((step, count.bit_length()) for step, count in taken.items())}


def least(name: str, inputs: set[bytes]) -> list[bytes]:
    """The shortest inputs that take all steps which any of them takes, very long ones left out."""
    decode, kept = TARGETS[name](), []
    seen: set[Step] = set()
    for data in sorted((data for data in inputs if len(data) <= KEPT_BYTES), key=lambda data: (len(data), data)):
        new = steps(decode, data) - seen
        if new:
            seen |= new
            kept.append(data)
    return kept


def grow(name: str, seconds: int) -> int:
    """Fuzz one decoder for a while and write its corpus; return how many inputs that has."""
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder, "known")
        known.mkdir()
        for number, data in enumerate([*read_corpus(name), *SEEDS[name]]):
            (known / str(number)).write_bytes(data)
        fuzz(name, f"-max_total_time={seconds}", str(known))
        found = least(name, {path.read_bytes() for path in known.iterdir()})
    (CORPORA / f"{name}.hex").write_text("".join(f"{data.hex()}\n" for data in found), encoding="ascii")
    return len(found)


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description="Grow the corpora of the decoders' tests.")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("names", nargs="*", choices=[*TARGETS, []], default=[])
    asked = parser.parse_args()
    for name in asked.names or TARGETS:
        sys.stdout.write(f"{name}: {grow(name, asked.seconds)} inputs\n")


if __name__ == "__main__":
    main()

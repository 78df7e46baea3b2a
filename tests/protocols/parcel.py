"""A small repository with a bug, whose tests ask in many ways; honest but unusual patches of it must all pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.images.records import InstanceImage
from boxscore.protocols.attacks import difference
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Limits
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = read_samples(Path(__file__).with_suffix(".txt"))
CORE, TESTING_FILE = "parcel/core.py", "parcel/testing.py"
NEW, OLD = "tests/test_new.py", "tests/test_old.py"
MENDED, OLD_TESTS, NEW_TESTS = TEXTS[f"mended {CORE}"], TEXTS[OLD], TEXTS[NEW]
FILES = {path: TEXTS[path] for path in ("parcel/__init__.py", CORE, "parcel/use.py", TESTING_FILE, OLD)}
OTHERS = {  # that no test needs, and patches change
    "docs/crlf.txt": b"One.\r\nTwo.\r\nThree.\r\n",
    "docs/unended.txt": b"No newline ends this.",
    "docs/marked.txt": b"\xef\xbb\xbfA byte order mark begins this.\n",
    "docs/empty.txt": b"",
    "docs/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "docs/two words.txt": b"Words.\n",
    "examples/first.py": b"import parcel\n\nprint(parcel.grams('2 kg'))\n",
    "examples/second.py": b"import parcel\n\nprint(parcel.grams('20 g'))\n",
    "run.sh": b"#!/bin/sh\nexec python3 -m parcel\n",
    "setup.cfg": b"[metadata]\nname = parcel\n",
    "tests/data/weights.txt": b"1 kg\n",
}
MENDS = (
    *(f"test_grams[{case}]" for case in ("1.5kg-1500", "2kg-2000", "0.75kg-750")),
    *("test_total", "test_mean", "test_in_order", "test_label", "test_summary", "test_what_a_summary_has"),
    *("test_heaviest", "test_postage", "test_too_heavy", "test_unit_is_named", "test_warns", "test_report"),
    *("test_save", "Twice::test_same_again", "Twice::test_many", "Twice::test_sums"),
    *("Scale::test_close", "Scale::test_equal", "Scale::test_own_assertion", "Later::test_later"),
    *("TestShared::test_first", "TestShared::test_second", "test_documented"),
    *(f"test_odd_ids[{case}]" for case in ("FAILED", "x::y[z]", "\\xe9-\\u91cd")),
)
KEEPS = (
    *("test_plain", "test_label_of_little", "test_nothing_is_heaviest", "test_nothing_weighs_nothing"),
    *("test_little_costs_little", "test_unknown_unit"),
)


def patch_of(files: Mapping[str, str | None], base: Mapping[str, str] = FILES) -> str:
    return "".join(difference(path, base.get(path), text) for path, text in files.items())


RUN = "python3 -m pytest -rA -p no:cacheprovider --junitxml=/scratch/report.xml"
TASK = PatchTask(
    image=InstanceImage(
        name="parcel",
        environment="RUN pip install --quiet pytest==8.3.4\n",
        instance="COPY repository /testbed\n",
        files=tuple(
            (f"repository/{path}", data)
            for path, data in {**{path: text.encode() for path, text in FILES.items()}, **OTHERS}.items()
        ),
    ),
    fail_to_pass=tuple(f"{NEW}::{name}" for name in MENDS),
    pass_to_pass=tuple(f"{OLD}::{name}" for name in KEEPS),
    commands=(f"{RUN} tests",),
    parser="pytest",
    test_patch=patch_of({NEW: NEW_TESTS}),
    report="/scratch/report.xml",
    runner="pytest",
    reference=patch_of({CORE: MENDED}),
    command_s=600.0,
    limits=Limits(
        cpu_s=60.0, wall_s=600.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20, output_bytes=4 << 20
    ),
)

"""A small repository with a bug, whose tests expect values that nobody guesses, in every place they can be hidden."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.images.records import InstanceImage
from tests.protocols import parcel
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = read_samples(Path(__file__).with_suffix(".txt"))
CORE, INIT = "seals/core.py", "seals/__init__.py"
NEW, OLD = "tests/test_new.py", "tests/test_old.py"
MENDED = TEXTS[f"mended {CORE}"]
FILES = {
    INIT: "from seals.core import START, Stamp, check, is_sealed, page, seal, stamp, summary, words\n",
    CORE: TEXTS[CORE],
    OLD: TEXTS[OLD],
}
MENDS = (
    *("test_seal[plum-{plum_number}]", "test_seal[fig-{fig_number}]", "test_words", "test_constant", "test_table"),
    *("test_helper", "test_page", "test_wrong_seal_is_told", "test_something_is_sealed", "Summaries::test_summary"),
)


def _expected() -> dict[str, object]:
    scope: dict[str, object] = {}
    exec(MENDED, scope)
    seal, words = scope["seal"], scope["words"]
    fruit = ("quince", "pear", "apple", "medlar", "sloe", "damson")
    found: dict[str, object] = {name: words(name) for name in fruit}  # type: ignore[operator]
    found |= {f"{name}_number": seal(name) for name in ("plum", "fig")}  # type: ignore[operator]
    told = f"the seal of cherry is {words('cherry')}"  # type: ignore[operator]
    return found | {"told": told, "seals": [seal("grape"), seal("melon")]}  # type: ignore[operator]


EXPECTED = _expected()
TASK = replace(
    parcel.TASK,
    image=InstanceImage(
        name="seals",
        environment=parcel.TASK.image.environment,
        instance=parcel.TASK.image.instance,
        files=tuple((f"repository/{path}", text.encode()) for path, text in FILES.items()),
    ),
    fail_to_pass=tuple(f"{NEW}::{name.format_map(EXPECTED)}" for name in MENDS),
    pass_to_pass=tuple(f"{OLD}::{name}" for name in ("test_letters", "test_count")),
    test_patch=parcel.patch_of({NEW: TEXTS[NEW].format_map(EXPECTED)}),
    reference=parcel.patch_of({CORE: MENDED}, base=FILES),
    statement="seal() gives the same number for texts of the same letters. It should not; see the tests for the rest.",
)


def patch_of(files: Mapping[str, str | None]) -> str:
    return parcel.patch_of(files, base=FILES)

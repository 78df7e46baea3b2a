"""A small repository with a bug, in which the attacks on patches are tried; its tests run under pytest or unittest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.protocols import parcel
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = read_samples(Path(__file__).with_suffix(".txt"))
CHANGE, CHANGE_TESTS, TOTAL_TESTS = "till/change.py", "tests/test_change.py", "tests/test_total.py"
FILES = {
    **{path: TEXTS[path] for path in ("till/__init__.py", CHANGE, CHANGE_TESTS, TOTAL_TESTS)},
    "tests/__init__.py": "",
    "tools/build.py": "print('built')\n",
}
MENDED = {CHANGE: TEXTS[CHANGE].replace("        if amount", "        while amount")}


def patch_of(files: Mapping[str, str]) -> str:
    return parcel.patch_of(files, base=FILES)


PYTEST = replace(
    parcel.TASK,
    image=replace(
        parcel.TASK.image,
        name="till",
        files=tuple((f"repository/{path}", text.encode()) for path, text in FILES.items()),
    ),
    fail_to_pass=tuple(f"tests/test_change.py::Change::test_{name}" for name in ("repeats", "count", "odd_coins")),
    pass_to_pass=(
        "tests/test_change.py::Change::test_small",
        "tests/test_total.py::Total::test_some",
        "tests/test_total.py::Total::test_none",
    ),
    test_patch=patch_of({CHANGE_TESTS: TEXTS[CHANGE_TESTS] + TEXTS[f"added to {CHANGE_TESTS}"]}),
    reference=patch_of(MENDED),
)


def _unittest_id(test_id: str) -> str:
    path, scope, name = test_id.split("::")
    return f"{name} ({path.removesuffix('.py').replace('/', '.')}.{scope}.{name})"


UNITTEST = replace(
    PYTEST,
    fail_to_pass=tuple(map(_unittest_id, PYTEST.fail_to_pass)),
    pass_to_pass=tuple(map(_unittest_id, PYTEST.pass_to_pass)),
    commands=("python3 -m unittest -v tests.test_change tests.test_total",),
    parser="unittest",
    report=None,
    runner="unittest",
)

"""The record of one instance of Multi-SWE-bench."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from boxscore import InputError, Instance, known_digests, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PASS, FAIL, SKIP, NONE = "PASS", "FAIL", "SKIP", "NONE"
# What a test was with the test patch alone, by the list of the record that has it; with the fix each of them passes.
BEFORE = {"p2p_tests": PASS, "f2p_tests": FAIL, "s2p_tests": SKIP, "n2p_tests": NONE}
_RESULTS = ("run_result", "test_patch_result", "fix_patch_result")
_DICTS = (*BEFORE, "fixed_tests", *_RESULTS, "base")


class Base(Struct, frozen=True, kw_only=True):
    """The commit that a pull request is based on."""

    sha: str
    label: str = ""
    ref: str = ""


class Stage(Struct, frozen=True, kw_only=True):
    """What was seen of tests in one stage: without patches, with the test patch, or with both."""

    passed: tuple[str, ...] = field(name="passed_tests", default=())
    failed: tuple[str, ...] = field(name="failed_tests", default=())
    skipped: tuple[str, ...] = field(name="skipped_tests", default=())

    def statuses(self) -> dict[str, str]:
        words = {PASS: self.passed, FAIL: self.failed, SKIP: self.skipped}
        return {name: word for word, names in words.items() for name in names}


class Issue(Struct, frozen=True, kw_only=True):
    """An issue that the pull request resolves."""

    number: int = 0
    title: str | None = None
    body: str | None = None


class MultiRow(Struct, frozen=True, kw_only=True):
    """One instance. Lists of tests hold names; `digest` is what the tag of the published image is known to name."""

    org: str
    repo: str
    number: int
    base: Base
    fix_patch: str
    test_patch: str
    run_result: Stage
    test_patch_result: Stage
    fix_patch_result: Stage
    p2p_tests: tuple[str, ...] = ()
    f2p_tests: tuple[str, ...] = ()
    s2p_tests: tuple[str, ...] = ()
    n2p_tests: tuple[str, ...] = ()
    resolved_issues: tuple[Issue, ...] = ()
    title: str | None = ""
    body: str | None = ""
    digest: str | None = None

    @property
    def instance_id(self) -> str:
        return f"{self.org}/{self.repo}:pr-{self.number}"

    @property
    def image(self) -> str:
        """The tag under which its image is published."""
        return f"mswebench/{self.org}_m_{self.repo}".lower() + f":pr-{self.number}"

    @property
    def fixed(self) -> tuple[str, ...]:
        """The tests that did not pass before the fix and must pass with it."""
        return (*self.f2p_tests, *self.s2p_tests, *self.n2p_tests)

    @property
    def must_not_fail(self) -> tuple[str, ...]:
        """The tests that need not be there, but break something if they fail: they passed before the fix."""
        required = {*self.fixed, *self.p2p_tests}
        failed = {*self.test_patch_result.failed}
        passed = dict.fromkeys((*self.test_patch_result.passed, *self.run_result.passed))
        return tuple(name for name in passed if name not in required and name not in failed)


def load_multi_swe(path: Path) -> Sequence[Instance]:
    """Read instances from JSON lines as the data sets have them.

    Raises:
        InputError: A record is not as it must be, or two are of one pull request.
    """
    digests = known_digests(path)
    rows: dict[str, MultiRow] = {}
    for line, raw in read_rows(path):
        row = _row(raw, path, line)
        if row.instance_id in rows:
            raise InputError(f"duplicate {row.instance_id!r}", path=path, line=line, field="number")
        rows[row.instance_id] = msgspec.structs.replace(row, digest=digests.get(row.image))
    if not rows:
        raise InputError("contains no instances", path=path)
    return [
        Instance(
            instance_id=name,
            prompt=_problem(row),
            row=msgspec.to_builtins(row),
            reference=row.fix_patch or None,
            cluster=f"{row.org}/{row.repo}",
        )
        for name, row in rows.items()
    ]


def row_of(instance: Instance) -> MultiRow:
    return msgspec.convert(instance.row, MultiRow)


def _row(raw: dict[str, object], path: Path, line: int) -> MultiRow:
    fields = {name: value for name, value in raw.items() if value is not None}
    for name in _DICTS:
        if isinstance(fields.get(name), str):
            fields[name] = _parsed(fields[name], path, line, name)
    for name in BEFORE:
        fields[name] = _names(fields.get(name, {}), path, line, name)
    fields.pop("digest", None)  # ours to look up
    try:
        return msgspec.convert(fields, MultiRow, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(str(error), path=path, line=line) from error


def _parsed(value: object, path: Path, line: int, name: str) -> object:
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError) as error:
        raise InputError(f"must be JSON: {error}", path=path, line=line, field=name) from error


def _names(value: object, path: Path, line: int, name: str) -> tuple[str, ...]:
    """The names of a list of tests: `{name: {run, test, fix}}`, or columns as parquet has them."""
    if isinstance(value, dict) and isinstance(value.get("name"), list):
        value = value["name"]
    if not isinstance(value, (dict, list)) or not all(isinstance(one, str) for one in value):
        raise InputError("must be an object with tests by their names", path=path, line=line, field=name)
    return tuple(value)


def flaw(row: MultiRow) -> str | None:
    """Why the official evaluator would resolve the instance with no patch at all, None if it may."""
    if not row.fixed:
        return "no test is fixed, so no patch can resolve it"
    before = row.test_patch_result.statuses()
    for name, word in BEFORE.items():
        for test in getattr(row, name):
            if before.get(test, NONE) != word:
                return (
                    f"{name} has {test!r}, which is {before.get(test, NONE)} in test_patch_result and not {word}, "
                    "so no patch can resolve it"
                )
    return None


def _problem(row: MultiRow) -> str:
    issues = [f"{one.title or ''}\n{one.body or ''}".strip() for one in row.resolved_issues]
    return "\n\n".join(one for one in issues if one) or f"{row.title or ''}\n{row.body or ''}".strip()

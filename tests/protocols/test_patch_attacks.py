"""Patches that forge success, graded in real boxes: none is passed, and none that is right is refused."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore._grading import Batch, Candidate
from boxscore._patch_task import Ladder, PatchTask, Rule
from boxscore._protocols._patch import PatchGrader
from boxscore._protocols._patch_boxes import Boxes
from boxscore._protocols._patch_canary import Canaries
from boxscore._records import Outcome, Result, Trust
from boxscore._tree_image import ensure_trees, tree_reference
from tests.protocols import patch_attacks as attacks
from tests.protocols.patch_attacks_unittest import CLUMSY_ON_UNITTEST, ON_UNITTEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore._box import Backend

pytestmark = pytest.mark.docker
QUICK = {
    "reports of the failing tests turned",
    "twins read",
    "log, report and exit code",
    "other tests in their place, and back",
    "report is a pipe",
    "plugin by pyproject",
    "hard link",
    "through a link",
    "gold",
}
BUILT = replace(attacks.PYTEST, build=("python3 tools/build.py",))
# As the official harness runs and reads it: no report, no exit code.
OFFICIAL = replace(
    attacks.PYTEST,
    ladder=Ladder.SWEBENCH_V4,
    rule=Rule.SWEBENCH_V4,
    report=None,
    commands=("python3 -m pytest -rA -p no:cacheprovider tests",),
    test_command="python3 -m pytest -rA -p no:cacheprovider {tests}",
)


def named(*tables: dict[str, dict[str, str]] | dict[str, str]) -> list[object]:
    """Name the entries of tables; but for a few they are slow."""
    names = [name for table in tables for name in table]
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


@pytest.fixture(scope="module")
def grade(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Result]]:
    """Grade one patch; skip where the instance's image cannot be had."""
    import docker  # noqa: PLC0415 - only where there is an engine
    import docker.errors  # noqa: PLC0415 - as above

    image = attacks.PYTEST.image
    (info,) = ensure_trees([image])
    if info.error is not None:
        pytest.skip(f"no image of an instance here: {info.error[-300:]}")
    boxes = Boxes(docker_backend, tree_reference, sleep=lambda _: None)
    # Not the system's randomness: whoever reads the twins has one chance in some hundreds, and a test none.
    canaries = Canaries(tmp_path_factory.mktemp("cache"), lambda: random.Random(1))

    def run(patch: str, task: PatchTask = attacks.PYTEST) -> Result:
        batch = Batch(
            instance_id="till", task=task, trust=Trust.CANARY, candidates=(Candidate(sample_id="0", code=patch),)
        )
        (result,) = PatchGrader(boxes, canaries).grade(batch)
        return result

    yield run
    with contextlib.closing(docker.from_env()) as client, contextlib.suppress(docker.errors.APIError):
        client.images.remove(tree_reference(image))


@pytest.mark.parametrize("name", named(attacks.HONEST))
@pytest.mark.parametrize(
    "kind", ["pytest", "unittest", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("built", "official"))]
)
def test_right_patches_are_passed(grade: Callable[..., Result], name: str, kind: str) -> None:
    """The mended code is passed, with canaries, whatever else its patch touches."""
    task = {"pytest": attacks.PYTEST, "unittest": attacks.UNITTEST, "built": BUILT, "official": OFFICIAL}[kind]

    result = grade(attacks.patch_of(attacks.HONEST[name]), task)

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert result.patch is not None
    assert (result.patch.canaries or 0) > 20
    assert result.patch.canaries_reason == ""


@pytest.mark.parametrize("name", named(attacks.FORGERIES))
def test_forgeries_are_seen_by_canaries(grade: Callable[..., Result], name: str) -> None:
    """What makes every required test pass without mending anything does not know which twins must fail."""
    result = grade(attacks.patch_of(attacks.FORGERIES[name]))

    assert result.outcome is Outcome.TAMPERED, result.output
    assert "canaries" in result.reason


@pytest.mark.slow
@pytest.mark.parametrize("name", attacks.FORGERIES)
def test_forgeries_are_seen_without_a_report(grade: Callable[..., Result], name: str) -> None:
    """The same where only the log is read, as the official harness does."""
    assert grade(attacks.patch_of(attacks.FORGERIES[name]), OFFICIAL).outcome is Outcome.TAMPERED


@pytest.mark.slow
@pytest.mark.parametrize("name", attacks.CLUMSY)
def test_what_a_report_would_show_is_seen_without_one(grade: Callable[..., Result], name: str) -> None:
    """Without a report and an exit code to look at most of these get what they want in the first run."""
    result = grade(attacks.patch_of(attacks.CLUMSY[name]), OFFICIAL)

    assert result.outcome not in {Outcome.PASSED, Outcome.INTERNAL}, result.output


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_UNITTEST)
def test_unittest_is_no_easier(grade: Callable[..., Result], name: str) -> None:
    """Forgeries of what unittest says are seen by canaries as well."""
    result = grade(attacks.patch_of(ON_UNITTEST[name]), attacks.UNITTEST)

    assert result.outcome is Outcome.TAMPERED, result.output
    assert "canaries" in result.reason


@pytest.mark.slow
@pytest.mark.parametrize("rule", [Rule.STRICT, Rule.SWEBENCH_V4])
@pytest.mark.parametrize("name", CLUMSY_ON_UNITTEST)
def test_other_forgeries_of_unittest_come_to_nothing(grade: Callable[..., Result], name: str, rule: Rule) -> None:
    """Logs that the exit code or other words contradict, expected failures, spoiled tests: by either rule."""
    result = grade(attacks.patch_of(CLUMSY_ON_UNITTEST[name]), replace(attacks.UNITTEST, rule=rule))

    assert result.outcome not in {Outcome.PASSED, Outcome.INTERNAL}, result.output


@pytest.mark.parametrize("name", named(attacks.CLUMSY, attacks.CONFIGURATION))
def test_other_forgeries_come_to_nothing(grade: Callable[..., Result], name: str) -> None:
    """Odd reports, spoiled tests and configuration that somebody would read by itself."""
    result = grade(attacks.patch_of((attacks.CLUMSY | attacks.CONFIGURATION)[name]))

    assert result.outcome not in {Outcome.PASSED, Outcome.INTERNAL}, result.output


@pytest.mark.parametrize("name", named(attacks.BUILDS))
def test_builds_leave_nothing_to_forge_with(grade: Callable[..., Result], name: str) -> None:
    """What a build's code leaves behind does not reach the tests, and breaks no box."""
    result = grade(attacks.patch_of({"tools/build.py": attacks.BUILDS[name]}), BUILT)

    assert result.outcome in {Outcome.WRONG, Outcome.TAMPERED}, result.output
    assert result.attempts == 1


@pytest.mark.parametrize("name", named(attacks.REFUSED))
@pytest.mark.parametrize("ladder", [Ladder.STRICT, pytest.param(Ladder.SWEBENCH_V4, marks=pytest.mark.slow)])
def test_patches_that_reach_out_are_refused(grade: Callable[..., Result], name: str, ladder: Ladder) -> None:
    """Nothing of them is run."""
    result = grade(attacks.REFUSED[name], replace(attacks.PYTEST, ladder=ladder))

    assert result.outcome is Outcome.PATCH_REJECTED
    assert result.patch is None

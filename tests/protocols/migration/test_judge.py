"""Tests of several modules: which are run, and what they come to together."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxError
from boxscore.protocols.jvm.layer import Judged
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.migration.compile import main_sources
from boxscore.protocols.migration.judge import StagedBoxes, by_module, combined, judge_modules
from boxscore.protocols.migration.material import Material
from boxscore.protocols.migration.model import EffectiveModel, Element, Execution, Plugin, Project
from boxscore.protocols.migration.resolved import Artefact
from boxscore.protocols.migration.shadow import known_classes, shadows
from boxscore.protocols.migration.tests import Testable
from boxscore.protocols.migration.workplace import Jars
from boxscore.protocols.statuses import Status
from boxscore.records import Evidence, LimitName, Limits, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.jvm.layer import Run, Suite

CORE = Project(folder="core", group="g", artifact="core", version="1", test_source_directory="core/src/test/java")
APP = Project(folder="app", group="g", artifact="app", version="1", test_source_directory="app/src/test/java")
MATERIAL = Material(
    release=17,
    model=EffectiveModel((CORE, APP)),
    tests={"core/src/test/java/a/CoreTest.java": b"class CoreTest {}", "app/src/test/java/AppTest.java": b"\xe9"},
)


def judged(outcome: Outcome = Outcome.PASSED, **fields: object) -> Judged:
    """What a module's tests came to."""
    ran = TestRun(statuses={"a.CoreTest#x": Status.PASSED if outcome is Outcome.PASSED else Status.FAILED})
    return Judged(**{"ran": ran, "outcome": outcome, "reason": str(outcome)} | fields)  # type: ignore[arg-type]


class FakeJudge:
    """Says of each suite in its turn what a test wants."""

    def __init__(self, *found: Judged) -> None:
        self._found = list(found)
        self.suites: list[Suite] = []

    def __call__(self, suite: Suite, run: Run, reference: Run | None) -> Judged:
        """See `protection.judge`."""
        self.suites.append(suite)
        return self._found.pop(0)


@contextlib.contextmanager
def opened() -> Iterator[Box]:
    """A box in memory."""
    with FakeBackend().box(BoxSpec()) as box:
        yield box


def judge(judges: FakeJudge, tests: Sequence[str]) -> object:
    """Judge tests of a project of two modules."""
    place = StagedBoxes(open_staged=opened, during=contextlib.nullcontext, limits=Limits())
    under = Testable(material=MATERIAL, jars=Jars(), classes={}, built={}, tree="/testbed")
    return judge_modules(place, under, tests, lambda _: None, judges)


def test_each_module_has_a_suite_of_its_own() -> None:
    """With its own sources, as text whatever their encoding; modules that are not there have none."""
    judges = FakeJudge(judged(), judged())

    judge(judges, ["core:a.CoreTest#x", "gone:T#y", "app:AppTest#z", "core:a.CoreTest#y"])

    assert by_module(["core:A#x", "app:B#y", "core:A#z"]) == {"core": ("A#x", "A#z"), "app": ("B#y",)}
    assert [(suite.files[0][0], suite.required) for suite in judges.suites] == [
        ("a/CoreTest.java", ("a.CoreTest#x", "a.CoreTest#y")),
        ("AppTest.java", ("AppTest#z",)),
    ]


def test_a_module_that_fails_ends_it() -> None:
    """Others need not be run to know that it is no pass."""
    judges = FakeJudge(judged(Outcome.WRONG), judged())

    judge(judges, ["core:a.CoreTest#x", "app:AppTest#z"])

    assert len(judges.suites) == 1


def test_the_weakest_module_gives_the_level() -> None:
    """What is not known of one module is not known of all."""
    strong = judged(trust=Trust.WATCHED, evidence=Evidence(planted=2))
    weak = judged(trust=Trust.CLAIM, evidence=Evidence(reason="none"))

    found = combined([("core", strong), ("app", weak)])

    assert (found.trust, found.evidence) == (Trust.CLAIM, Evidence(reason="none"))
    assert combined([("core", strong), ("app", strong)]).evidence.planted == 4
    assert found.refused == ""
    assert found.statuses == {"core:a.CoreTest#x": "PASSED", "app:a.CoreTest#x": "PASSED"}
    assert combined([]).trust is Trust.CLAIM


@pytest.mark.parametrize("outcome", [Outcome.WRONG, Outcome.TAMPERED, Outcome.TIMEOUT])
def test_a_module_that_is_no_pass_is_said(outcome: Outcome) -> None:
    """Also where its tests passed by their own word."""
    ran = TestRun(statuses={"a#x": Status.PASSED}, limit=LimitName.CPU if outcome is Outcome.TIMEOUT else None)

    found = combined([("", judged(outcome, ran=ran))])

    assert found.refused == outcome
    assert found.forged == (outcome is Outcome.TAMPERED)
    assert found.limit == ran.limit


def test_sources_that_are_compiled() -> None:
    """Those of a module's folder, of folders that a plugin adds, and those that its build made."""
    more = Element("configuration", "", (Element("sources", "", (Element("source", "src/more/java"),)),))
    helper = Plugin(
        group="org.codehaus.mojo",
        artifact="build-helper-maven-plugin",
        executions=(Execution(goals=("add-source",), configuration=more),),
    )
    project = Project(folder="core", group="g", artifact="core", version="1", plugins=(helper,))
    sources = {"core/src/main/java/A.java": b"a", "core/src/more/java/B.java": b"b", "src/main/java/C.java": b"c"}
    generated = {
        "core/target/generated-sources/xjc/D.java": b"d",
        "core/target/generated-sources/annotations/E.java": b"made by the compiler",
    }

    found = main_sources(project, sources, generated)

    assert found == {"A.java": b"a", "B.java": b"b", "generated-sources/xjc/D.java": b"d"}


def test_classes_that_stand_in_the_place_of_a_jars() -> None:
    """Those that the project had before may."""
    asked = []

    def look(run: FakeRun) -> Completed:
        asked.append(msgspec.json.decode(run.stdin))
        return Completed(exit_code=0, stdout=b'[["g/Of.class", "g-1.jar"]]', wall_s=0.0)

    jar = Artefact(group="g", artifact="g", version="1")
    material = replace(MATERIAL, artefacts={"core": (jar, Artefact(group="g", artifact="app", version="1"))})
    known = known_classes({"core/src/main/java/a/Old.java": b""}, ["core/src/main/java"])
    with FakeBackend(run=look).box(BoxSpec()) as box:
        found = shadows(
            box,
            material,
            {"core": ["g/Of.class", "a/Old.class", "a/Old$1.class"]},
            Jars(),
            known=known,
            limits=Limits(),
        )

    assert found == ("g/Of.class stands in the place of the one in g-1.jar",)
    assert asked[0]["names"] == ["g/Of.class"]
    assert asked[0]["jars"] == ["/scratch/artefacts/g/g/1/g-1.jar"]
    with FakeBackend(run=lambda _: Completed(exit_code=1, wall_s=0.0)).box(BoxSpec()) as box, pytest.raises(BoxError):
        shadows(box, material, {"core": ["g/Of.class"]}, Jars(), known=known, limits=Limits())

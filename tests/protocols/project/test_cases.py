"""What the page shows of a migration and of a Java project."""

from __future__ import annotations

from msgspec.structs import replace

from boxscore.page.sections import Shown, details_of
from boxscore.protocols.migration.task import MigrationDetail
from boxscore.protocols.project.task import ProjectDetail
from boxscore.protocols.shows import Cases, Text
from boxscore.records import CompileError
from tests.page.test_sections import RESULT, SAMPLE, facts, find

ERROR = CompileError(path="a/B.java", line=3, message="cannot find symbol")


def test_the_check_that_decided_of_a_migration() -> None:
    detail = MigrationDetail(
        checks={"files": "", "release": "it is Java 8", "classes": "a class differs"},
        official={"build": ""},
        official_passed=True,
        disagreement="it does not look",
        fetched=(("g:a:1:jar", "5f"),),
        log="BUILD SUCCESS",
    )

    details = details_of(Shown(sample=SAMPLE, result=replace(RESULT, detail=detail)))

    assert facts(details, "Verdict")["test that decided"] == "the check release"
    rows = [(one.test, one.outcome, one.decided) for one in find(details, Cases, "Checks").cases]
    assert rows == [("files", "passed", False), ("release", "failed", True), ("classes", "failed", False)]
    title = "Checks of the benchmark's own program, which disagrees: it does not look"
    assert [one.outcome for one in find(details, Cases, title).cases] == ["passed"]
    assert find(details, Cases, "Artefacts that were brought").cases[0].test == "g:a:1:jar"
    assert find(details, Text, "Log of the build").text == "BUILD SUCCESS"


def test_a_project_that_did_not_compile() -> None:
    detail = ProjectDetail(compiled=False, errors=(ERROR, CompileError(path="", line=0, message="no such option")))

    details = details_of(Shown(sample=SAMPLE, result=replace(RESULT, detail=detail)))

    assert facts(details, "Verdict")["test that decided"] == "the compiler"
    rows = [(one.test, one.reason) for one in find(details, Cases, "Errors of the compiler").cases]
    assert rows == [("a/B.java:3", "cannot find symbol"), ("the compiler", "no such option")]

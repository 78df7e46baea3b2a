"""The loop that migrates a project: what it asks, what it keeps, and what it undoes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.fake import FakeAssignment
from boxscore.agents.maven import Built, Migration, Project, Settings
from boxscore.agents.maven_text import (
    BuildError,
    Change,
    changed,
    read_answer,
    read_errors,
    same_errors,
    seeded,
    snippet,
)
from boxscore.agents.texts import digest_of, filled
from boxscore.models.fake import FakeModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCE = "src/A.java"
FILES = {
    "pom.xml": "<project><properties></properties></project>\n",
    SOURCE: "import old.One;\nimport old.Two;\nclass A {}\n",
}


def edit(path: str, find: str, new: str) -> str:
    """An answer with one change."""
    return (
        f"[Change Start {path}]\n[Find Start]\n{find}\n[Find End]\n"
        f"[Replace Start]\n{new}\n[Replace End]\n[Change End {path}]"
    )


def build(files: Mapping[str, str]) -> Built:
    """Fail at each import of an old package."""
    lines = files[SOURCE].splitlines()
    wrong = [(n, line.split()[1].rstrip(";")) for n, line in enumerate(lines, 1) if line.startswith("import old.")]
    errors = [f"[ERROR] /testbed/{SOURCE}:[{n},8] package {name} does not exist" for n, name in wrong]
    log = "\n".join(["[ERROR] COMPILATION ERROR :", *errors, "[INFO] BUILD FAILURE"])
    return Built(passed=not errors, log=log)


class TextProject(Project):
    """A project of texts."""

    def __init__(self) -> None:
        self.tree, self.release, self.versions = "/testbed", 17, {}
        self.files, self.builds = dict(FILES), 0

    async def poms(self) -> tuple[str, ...]:
        return ("pom.xml",)

    async def read(self, path: str) -> str | None:
        return self.files.get(path)

    async def write(self, path: str, text: str) -> None:
        self.files[path] = text

    async def build(self, timeout_s: float) -> Built:
        assert timeout_s > 0
        self.builds += 1
        return build(self.files)


def migrated(answers: Sequence[str], **settings: object) -> tuple[str, TextProject, FakeModel, list[dict[str, object]]]:
    """Run the loop over a script of answers."""
    project, model = TextProject(), FakeModel(answers)
    assignment = FakeAssignment(None, model)
    loop = Migration(assignment, project, Settings(**settings))  # type: ignore[arg-type]
    why = asyncio.run(asyncio.wait_for(loop.run(), 60))
    return why, project, model, assignment.trajectory.as_atif()["steps"]


def tools(steps: Sequence[Mapping[str, object]]) -> list[str]:
    """The tools that were used, in order."""
    return [call["function_name"] for step in steps for call in step.get("tool_calls", ())]  # type: ignore[attr-defined]


ONE = edit(f"/testbed/{SOURCE}", "import old.One;", "import fresh.One;")
TWO = edit(SOURCE, "import old.Two;", "import fresh.Two;")


def test_each_round_fixes_the_first_error_until_the_build_passes() -> None:
    why, project, model, steps = migrated([ONE, TWO])
    assert why == "passed"
    assert "old" not in project.files[SOURCE]
    assert tools(steps) == ["seed", "build", "edit", "build", "edit", "build"]
    first, second = (question.messages for question in model.asked)
    assert len(first) == len(second) == 1
    assert "package old.One does not exist" in first[0]["content"]
    assert "//  Compilation error is at this line." in first[0]["content"]
    assert "package old.Two does not exist" in second[0]["content"]


def test_the_poms_are_seeded_before_the_first_build() -> None:
    assert "<maven.compiler.release>17<" in migrated([ONE, TWO])[1].files["pom.xml"]


def test_a_round_that_changes_no_error_is_undone_and_the_model_is_told() -> None:
    useless = edit(SOURCE, "class A {}", "class A { }")
    _, project, model, steps = migrated([useless, ONE, TWO])
    assert "class A {}" in project.files[SOURCE]
    assert tools(steps) == ["seed", "build", "edit", "build", "revert", "edit", "build", "edit", "build"]
    told = model.asked[1].messages
    assert [message["role"] for message in told] == ["user", "assistant", "user"]
    assert "[Feedback Start]The build errors are all the same as before, after applying" in told[-1]["content"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("I cannot.", "Unable to get any file to change"),
        (edit(SOURCE, "zebra", "lion"), "Find blocks are not found at all"),
        (edit("src/None.java", "a", "b"), "doesn't exist"),
        (edit("/testbed/../etc/passwd", "root", "b"), "doesn't exist"),
        (edit(SOURCE, "import old.One;", "import old.One;"), "blocks are the same"),
    ],
)
def test_an_answer_that_changes_nothing_costs_no_build(answer: str, told: str) -> None:
    why, project, model, _ = migrated([answer, ONE, TWO])
    assert why == "passed"
    assert project.builds == 3
    assert told in model.asked[1].messages[-1]["content"]


def test_a_long_conversation_about_one_error_begins_anew() -> None:
    model = migrated(["no"] * 6 + [ONE, TWO], restart=10)[2]
    assert [len(question.messages) for question in model.asked] == [1, 3, 5, 7, 9, 11, 1, 1]


def test_it_ends_after_its_rounds_and_keeps_what_was_gained() -> None:
    why, project, _, _ = migrated([ONE, "no", "no"], rounds=3)
    assert why == "rounds"
    assert "fresh.One" in project.files[SOURCE]


def test_it_ends_when_its_time_is_over() -> None:
    times = iter([0.0, 0.0, 10_000.0])
    loop = Migration(FakeAssignment(None, FakeModel([])), TextProject(), Settings(), clock=lambda: next(times))
    assert asyncio.run(asyncio.wait_for(loop.run(), 60)) == "time"


ANSWER = """I do this.

[Change Start /testbed/pom.xml]
[Find Start]
  <a>1</a>
[Find End]
[Replace Start]
  <a>2</a>
[Replace End]
[Change End /testbed/pom.xml]
"""


def test_a_change_has_a_file_and_pairs() -> None:
    answer = read_answer(ANSWER)
    assert answer.changes == {"/testbed/pom.xml": (Change("<a>1</a>", "<a>2</a>"),)}
    assert not answer.problems


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I cannot.", "Unable to get any file to change"),
        (ANSWER.replace("[Change Start", "<Change Start"), "Unable to get any file"),
        (ANSWER.replace("End /testbed/pom.xml", "End /testbed/other.xml"), "ends as one of `/testbed/other.xml`"),
        (ANSWER.replace("[Replace Start]", "[Replace]"), "1 != 0"),
        (ANSWER.replace("<a>2</a>", "<a>1</a>"), "blocks are the same"),
        (ANSWER.replace("Find", "Look").replace("Replace", "Put"), "no find and no replace block"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(text: str, told: str) -> None:
    assert told in "\n".join(read_answer(text).problems)


def test_what_quotes_the_grammar_is_no_change() -> None:
    quoted = "between [Change Start $full_filepath] and [Change End $full_filepath]\n"
    assert list(read_answer(quoted + ANSWER).changes) == ["$full_filepath", "/testbed/pom.xml"]
    assert read_answer(quoted + ANSWER).changes["$full_filepath"] == ()


def test_blanks_and_empty_lines_need_not_be_those_of_the_file() -> None:
    content = "class A {\n    int x = 1;\n\n    int y;\n}\n"
    assert changed(content, [Change("int x = 1;\nint y;", "int z;")]) == "class A {\n    int z;\n}\n"


def test_what_is_put_in_is_taken_as_it_stands() -> None:
    assert changed("a\nb\n", [Change("b", r"\1 \n $0")]) == "a\n\\1 \\n $0\n"


def test_every_place_where_a_text_is_found_is_changed() -> None:
    assert changed("x x", [Change("x", "y")]) == "y y"


@pytest.mark.parametrize("find", ["", "   \n ", "zebra"])
def test_a_text_that_is_not_there_changes_nothing(find: str) -> None:
    assert changed("a\nb\n", [Change(find, "c")]) is None


def test_an_answer_made_to_be_slow_is_read_at_once() -> None:
    assert read_answer("[Change Start a]" * 20_000).problems
    assert changed(" " * 200_000, [Change("\n".join("a" * 300), "b")]) is None


TREE = "/testbed"
COMPILER = """[INFO] Scanning for projects...
[INFO] -------------------------------------------------------------
[ERROR] COMPILATION ERROR :
[INFO] -------------------------------------------------------------
[ERROR] /testbed/src/main/java/a/Sum.java:[3,21] package javax.xml.bind does not exist
[ERROR] /testbed/core/src/main/java/a/Text.java:[12,5] cannot find symbol
  symbol:   class JAXBContext
  location: class a.Text
[INFO] 2 errors
[INFO] BUILD FAILURE
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.8.1:compile
"""
PLUGIN = """[INFO] --- war:2.2:war ---
[INFO] BUILD FAILURE
[INFO] Total time:  1.2 s
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-war-plugin:2.2:war: Cannot access defaults field
[ERROR]
[ERROR] Re-run Maven using the -X switch to enable full debug logging.
"""
TESTS = """[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.31 s <<< FAILURE! - in a.SumTest
[INFO] Results:
[INFO]
[ERROR] Failures:
[ERROR]   SumTest.adds:9 expected:<3> but was:<4>
[INFO]
[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0
[INFO] BUILD FAILURE
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.22.2:test: There are test failures.
"""


def test_errors_of_the_compiler_name_file_line_and_column() -> None:
    first, second = read_errors(COMPILER, TREE)
    assert first == BuildError(
        path="src/main/java/a/Sum.java", line=3, column=21, message="package javax.xml.bind does not exist"
    )
    assert second.path == "core/src/main/java/a/Text.java"
    assert second.message.splitlines()[1:] == ["  symbol:   class JAXBContext", "  location: class a.Text"]


def test_a_build_that_fails_elsewhere_has_one_error_of_the_project() -> None:
    (error,) = read_errors(PLUGIN, TREE)
    assert (error.path, error.line) == ("pom.xml", 0)
    assert "Cannot access defaults field" in error.message
    assert "Total time" not in error.message


def test_tests_that_fail_are_named_without_how_long_they_took() -> None:
    (error,) = read_errors(TESTS, TREE)
    assert "SumTest.adds:9 expected:<3> but was:<4>" in error.message
    assert "There are test failures" in error.message
    assert "elapsed" not in error.message


@pytest.mark.parametrize("log", ["", "Killed", "[FATAL] Non-resolvable parent POM", "[ERROR] COMPILATION ERROR :\n"])
def test_a_log_that_breaks_off_still_gives_an_error(log: str) -> None:
    assert len(read_errors(log, TREE)) == 1


def test_errors_are_the_same_wherever_they_have_moved() -> None:
    moved = COMPILER.replace("[3,21]", "[7,1]")
    assert same_errors(read_errors(COMPILER, TREE), read_errors(moved, TREE))
    other = COMPILER.replace("JAXBContext", "Marshaller")
    assert not same_errors(read_errors(COMPILER, TREE), read_errors(other, TREE))


def test_a_snippet_has_five_lines_on_either_side_and_marks_the_error() -> None:
    source = "\n".join(f"line {number}" for number in range(1, 21))
    lines = snippet(source, 10).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("line 5", "line 15", 11)
    assert lines[5] == "line 10  //  Compilation error is at this line."
    assert snippet(source, 21) == snippet(source, 0) == ""


def pom(body: str) -> str:
    return f'<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0">\n{body}</project>\n'


PLUGIN_8 = (
    "<build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId>"
    "<configuration><source>8</source></configuration></plugin></plugins></build>"
)


def test_seeds_set_the_release_where_it_stands_and_change_nothing_else() -> None:
    body = f"<!-- a  comment --><name  attribute='>'>&amp; ü</name>{PLUGIN_8}"
    java_8 = "<properties><java.version>8</java.version><maven.compiler.source>1.8</maven.compiler.source></properties>"

    done, other = seeded(pom(body), 17, {}), seeded(pom(java_8), 21, {})

    assert done.startswith(pom(body.replace("<source>8<", "<source>17<")).removesuffix("</project>\n"))
    assert seeded(done, 17, {}) == done
    for name in ("source", "target", "release"):
        assert f"<maven.compiler.{name}>17<" in done
        assert f"<maven.compiler.{name}>21<" in other
    assert "<java.version>21<" in other


def test_dependencies_are_raised_to_a_table_and_never_lowered() -> None:
    versions = {"a": "${v}", "b": "9.0.1.RELEASE", "c": "${c}"}
    listed = "".join(
        f"<dependency><groupId>g</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for name, version in versions.items()
    )
    body = f"<properties><v>1.0</v><c>${{c}}</c></properties><dependencies>{listed}</dependencies>"

    done = seeded(pom(body), 17, {"g:a": "2.5", "g:b": "3.0", "g:c": "2"})

    assert [f"<version>{one}<" in done for one in ("2.5", "9.0.1.RELEASE", "${c}")] == [True] * 3


@pytest.mark.parametrize("text", ["", "no xml", "<html/>", "<project><a></project>", "<project>" + "<a>" * 200_000])
def test_what_is_no_pom_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        seeded(text, 17, {})


def test_prompts_have_not_changed_unseen() -> None:
    """A change of the prompts changes what scores mean: it must be wanted."""
    assert digest_of("maven_source", "maven_project", "maven_follow_up") == "8c2cebabaef283b0"


COMMON = {"project_path": "/testbed/pom.xml", "project": "<project/>\n", "error": "cannot find symbol"}
VALUES = {"path": "/testbed/src/A.java", "source": "class A {}\n", "line": "1", "column": "7", "snippet": "class A {}"}
OFFICIAL = {
    "project_path": COMMON["project_path"],
    "FILE__project_content": COMMON["project"],
    "compile_error": COMMON["error"],
    "file_path": VALUES["path"],
    "FILE__file_content": VALUES["source"],
    "line_number": "1",
    "column_number": "7",
    "code_snippet": VALUES["snippet"],
}


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "file", "values"),
    [
        ("maven_source", "maven_template_prompt.txt", COMMON | VALUES),
        ("maven_project", "maven_template_prompt_for_project.txt", COMMON),
    ],
)
def test_prompts_are_those_of_the_published_program(name: str, file: str, values: dict[str, str]) -> None:
    data = os.environ.get("BOXSCORE_DATA")
    path = Path(data or "") / "migrationbench/SDFeedback/src/self_debug/configs" / file
    if data is None or not path.is_file():
        pytest.skip("needs SD-Feedback's configuration below BOXSCORE_DATA")
    official = path.read_text(encoding="utf-8").format(**OFFICIAL).strip()
    assert filled(name, release="17", **values) == official

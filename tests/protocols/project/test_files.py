"""Samples as text, what may be among their files, and which classes they may not bring."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore import Outcome, decode_files, encode_files
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.project.build import colliding, shadowing
from boxscore.protocols.project.protocol import PROTOCOL
from boxscore.protocols.project.task import GivenFiles, admitted, project_files
from tests.protocols.project.toy import COUNTER, REFERENCE, SOLUTION, TASK


def test_files_survive_their_text() -> None:
    files = {"b/\u00e9.java": "class \U0001f600 \0\n", "a.java": ""}

    text = encode_files(files, incomplete=("b", "a"))

    assert decode_files(text) == GivenFiles(files=files, incomplete=("a", "b"))
    assert text == encode_files(dict(reversed(files.items())), incomplete=("a", "b"))
    assert encode_files({"a": "b"}) == '{"files":{"a":"b"}}'


@pytest.mark.parametrize(
    "code",
    ["", " \n", "class A {}", "[]", '{"files": 1}', '{"files": {"a": null}}', '{"files": {}, "more": 1}', '{"files'],
)
def test_a_text_without_files_is_no_code(code: str) -> None:
    refused = admitted(TASK, code)

    assert isinstance(refused, Refused)
    assert refused.outcome is Outcome.NO_CODE


@pytest.mark.parametrize(
    "path",
    [
        "src/test/java/toy/CounterTest.java",
        "src/main/resources/META-INF/services/org.junit.platform.launcher.TestExecutionListener",
        "src/main/resources/META-INF/services/javax.annotation.processing.Processor",
        "src/main/resources/junit-platform.properties",
        "src/main/java/module-info.java",
        "../Counter.java",
        "/src/main/java/toy/Counter.java",
        "src/main/java/toy/./Counter.java",
        "src/main/java/toy/counter.java",
        "-J-javaagent:x.jar",
        "@arguments",
        "src/main/java/toy/Counter.java\0",
        "",
    ],
)
def test_no_other_file_can_be_given(path: str) -> None:
    refused = admitted(TASK, encode_files({COUNTER: SOLUTION, path: "x"}))

    assert isinstance(refused, Refused)
    assert refused.outcome is Outcome.PATCH_REJECTED
    assert repr(path) in refused.reason


def test_what_is_not_given_stands() -> None:
    given = admitted(TASK, REFERENCE)

    assert isinstance(given, GivenFiles)
    assert project_files(TASK, given) == dict(TASK.files) | {COUNTER: SOLUTION.encode()}


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("required", (), "'required' holds 0 ids; 1 to"),
        ("required", ("a.B#c", "a.B#c"), "'required' holds 2 ids"),
        ("required", ("a.B.c",), "no package.Class#method"),
        ("release", 7, "from 8 to"),
        ("libraries", ("../../etc",), "no name of a folder"),
        ("replaced", (), "empty"),
        ("replaced", ("src/test/java/toy/CounterTest.java",), "no sample may give"),
        ("replaced", ("src/main/resources/META-INF/services/x",), "no sample may give"),
        ("replaced", ("build.gradle",), "not below"),
        ("files", (("../x", b""),), "plain relative path"),
        ("files", (("build/x", b""),), "is put there"),
        ("files", (("a", b""), ("a", b"")), "twice"),
    ],
)
def test_a_task_that_cannot_be_graded(field: str, value: object, why: str) -> None:
    assert PROTOCOL.invalid_reason(TASK) is None
    assert why in (PROTOCOL.invalid_reason(replace(TASK, **{field: value})) or "")


@pytest.mark.parametrize(
    "name",
    [
        "org/junit/jupiter/api/Assertions",
        "org/junit/Anything",
        "junit/framework/Assert",
        "org/opentest4j/AssertionFailedError",
        "org/mockito/Mockito",
        "java/util/Evil",
        "sun/misc/Unsafe",
        "boxscore/jvm/Runner",
    ],
)
def test_no_class_of_a_framework(name: str) -> None:
    refused = shadowing(["toy/Counter", name], ())

    assert refused is not None
    assert refused.outcome is Outcome.TAMPERED
    assert name.replace("/", ".") in refused.reason


def test_no_class_of_a_library() -> None:
    assert shadowing(["toy/Counter", "com/lib/Tool"], ["com/lib/Tool"]) is not None
    assert shadowing(["toy/Counter", "orgs/junit/Own", "javaa/X", "Junit"], ()) is None


@pytest.mark.parametrize("name", ["toy/CounterTest", "toy/CounterTest$Resources", "toy/CounterTest$1"])
def test_no_class_of_a_test(name: str) -> None:
    tests = ["toy/CounterTest", "toy/CounterTest$Resources"]

    assert colliding(["toy/Counter", name], tests) is not None
    assert colliding(["toy/Counter", "toy/Counter$Test", "toy/CounterTester", "CounterTest"], tests) is None

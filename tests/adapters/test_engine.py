"""The one engine of a process: opened once, by settings, anew after a fork, and closed."""

from __future__ import annotations

import os
import threading
import warnings
from typing import TYPE_CHECKING

import pytest

from boxscore import NoVerdict, Outcome, UsageError
from boxscore.adapters import engine
from boxscore.adapters.engine import EngineSettings, SharedEngine, Submission
from boxscore.harness import FunctionTask
from tests.fake_graders import FakeCall, FakeSyncGrader

if TYPE_CHECKING:
    from collections.abc import Iterator

TASK = FunctionTask(entry_point="f", names=("f",), tests="assert f() == 1")
SETTINGS = EngineSettings()


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    yield
    engine.configure_from_environment()


@pytest.fixture(name="made")
def fixture_made() -> list[FakeSyncGrader]:
    return []


@pytest.fixture(name="shared")
def fixture_shared(made: list[FakeSyncGrader]) -> Iterator[SharedEngine]:
    def make(settings: EngineSettings) -> FakeSyncGrader:
        made.append(FakeSyncGrader(workers=settings.workers or 2))
        return made[-1]

    shared = SharedEngine(make)
    shared.configure(SETTINGS, None)
    yield shared
    shared.close()


def submissions(*codes: str | None) -> list[Submission]:
    return [Submission(task=TASK, code=code) for code in codes]


def test_one_grader_for_all_threads(shared: SharedEngine, made: list[FakeSyncGrader]) -> None:
    seen: list[object] = []
    threads = [threading.Thread(target=lambda: seen.append(shared.grader())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert seen == [made[0]] * 8
    assert made[0].fake.is_open


def test_closed_engine_opens_again(shared: SharedEngine, made: list[FakeSyncGrader]) -> None:
    shared.grader()
    shared.close()

    assert not made[0].fake.is_open
    assert shared.grader() is made[1]


def test_forked_process_opens_its_own(shared: SharedEngine, made: list[FakeSyncGrader]) -> None:
    first = shared.grader()
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with shared._lock:
            held.set()
            go.wait(timeout=60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(timeout=60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of Python warn of a fork beside threads
        child = os.fork()
    if child == 0:
        own = shared.grader()
        shared.close()
        os._exit(0 if own is not first and own is made[1] and made[0].fake.is_open else 1)
    go.set()
    thread.join(timeout=60)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert shared.grader() is first


def test_given_grader_is_the_callers() -> None:
    fake = FakeSyncGrader({"good": Outcome.PASSED, "bad": Outcome.WRONG})
    fake.open()
    engine.configure(grader=fake)

    results = engine.grade_all(submissions("good", "bad", None, "good"))
    engine.close()

    assert [one.outcome for one in results] == [Outcome.PASSED, Outcome.WRONG, Outcome.NO_CODE, Outcome.PASSED]
    assert [call.code for call in fake.calls if call.method == "grade_task"].count("good") == 2
    assert fake.fake.is_open


def test_deadline_is_no_verdict() -> None:
    go = threading.Event()

    def answer(_call: FakeCall) -> Outcome:
        go.wait(timeout=60)
        return Outcome.PASSED

    engine.configure(grader=FakeSyncGrader(answer))

    with pytest.raises(NoVerdict, match=r"within 0\.01 s"):
        engine.grade_all(submissions("slow"), deadline_s=0.01)
    go.set()

    assert not issubclass(NoVerdict, TimeoutError)


def test_environment_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "BACKEND": "local",
        "WORKERS": "3",
        "TIMEOUT": "2.5",
        "STRICT": "1",
        "RUNTIME": "runsc",
        "IMAGE": "an/image",
        "ON": "ray",
        "LEAST_TRUST": "oracle",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"BOXSCORE_{name}", value)

    assert engine.settings_of_environment() == EngineSettings(
        backend="local",
        workers=3,
        cpu_s=2.5,
        strict=True,
        runtime="runsc",
        image="an/image",
        on="ray",
        least_trust="oracle",
    )


@pytest.mark.parametrize(("name", "value"), [("WORKERS", "many"), ("TIMEOUT", "soon"), ("STRICT", "perhaps")])
def test_environment_that_cannot_be_read(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BOXSCORE_{name}", value)

    with pytest.raises(UsageError, match=f"BOXSCORE_{name}.*{value}"):
        engine.settings_of_environment()

"""Results of web projects for tests, with pictures as a browser takes them."""

from __future__ import annotations

import base64

from boxscore.protocols.web.detail import WebAttempt, WebDetail, encode_attempts
from boxscore.provenance import StoredSample
from boxscore.records import Outcome, Result, SampleKind, Trust

# Of 16 by 16 pixels, without a profile of colours.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////"
    "////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////"
    "////////////wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QA"
    "FQEBAQAAAAAAAAAAAAAAAAAAAAH/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCACP/Z"
)
OTHER_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////"
    "////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////"
    "////////////wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QA"
    "FQEBAQAAAAAAAAAAAAAAAAAAAQL/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCABT//2Q=="
)
TRACE = b"PK\x03\x04 a trace"
TASKS = ("init", "task-1", "task-2", "task-3", "task-4")
FAILED = "task-3.spec.js > form > keeps what was typed"
LOG = "  1) task-3.spec.js > form > keeps what was typed\n\n    Expected: 1\n    Received: 0\n"


def tests_up_to(place: int, *failed: str) -> dict[str, str]:
    named = [f"{task}.spec.js > form > works" for task in TASKS[: place + 1]]
    named += [FAILED] if place >= 3 else []
    return {test: "FAILED" if test in failed else "PASSED" for test in named}


def passed(place: int, number: int = 1, screenshot: bytes = JPEG) -> WebAttempt:
    return WebAttempt(
        task=TASKS[place],
        number=number,
        outcome=Outcome.PASSED,
        level="" if place == 0 else "easy",
        tests=tests_up_to(place),
        log=f"{place} passed",
        screenshot=screenshot,
        test_s=1.5,
        wall_s=2.0,
    )


def failed(place: int, number: int = 1, outcome: Outcome = Outcome.WRONG, screenshot: bytes = OTHER_JPEG) -> WebAttempt:
    return WebAttempt(
        task=TASKS[place],
        number=number,
        outcome=outcome,
        reason="1 of 5 tests failed",
        level="" if place == 0 else "moderate",
        tests=tests_up_to(place, FAILED, f"{TASKS[place]}.spec.js > form > works"),
        log=LOG,
        screenshot=screenshot,
        wall_s=2.0,
    )


# A tolerated task that failed, one that passed, one that passed at the second attempt, one at which it stopped.
STOPPED = WebDetail(
    tasks=TASKS,
    levels=("", "easy", "easy", "moderate", "challenging"),
    attempts=(failed(0), failed(0, 2), passed(1), failed(2), passed(2, 2), failed(3), failed(3, 2)),
    stopped="task-3",
    files={
        "task-3-1-failure-5.jpg": JPEG,
        "task-3-2-failure-5.jpg": OTHER_JPEG,
        "task-3-2-trace.zip": TRACE,
    },
)
ANSWER = encode_attempts(
    [
        ("init", {"index.html": "<p>0\n"}),
        ("init", {"index.html": "<p>1\n"}),
        ("task-1", {"app.js": "let a = 1;\n"}),
        ("task-2", {"app.js": "let a = 2;\n"}),
        ("task-2", {"app.js": "let a = 3;\n"}),
        ("task-3", {"app.js": "let a = 4;\n"}),
        ("task-3", {"app.js": "let a = 5;\n", "logo.png": b"\x89PNG\xff"}),
    ]
)


def web_sample(number: int, text: str = ANSWER) -> StoredSample:
    return StoredSample(
        instance_id=f"project/{number}", sample_id="0", text=text, kind=SampleKind.SOLUTION, key=f"key-{number}"
    )


def web_result(number: int, detail: WebDetail = STOPPED, outcome: Outcome = Outcome.WRONG) -> Result:
    return Result(
        instance_id=f"project/{number}",
        sample_id="0",
        outcome=outcome,
        trust=Trust.OBSERVER,
        reason="" if outcome is Outcome.PASSED else "task-3, attempt 2: 1 of 5 tests failed",
        detail=detail,
        key=f"key-{number}",
    )

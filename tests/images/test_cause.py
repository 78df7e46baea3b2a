"""The cause of a failed build, from what it printed."""

from __future__ import annotations

import pytest

from boxscore.images.log import cause_of

ENGINE = "The command '/bin/bash -c set -euo pipefail " + "x" * 1300 + "' returned a non-zero code: 128"


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (
            "fatal: unable to access 'https://github.com/django/django/': Could not resolve host: github.com",
            "git clone https://github.com/django/django failed: could not resolve host: github.com",
        ),
        (
            "fatal: repository 'https://github.com/a/b/' not found",
            "git clone https://github.com/a/b failed: no such repository",
        ),
        (
            "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
            "git clone of a repository of https://github.com failed: there is none of that name, or it is private",
        ),
        (
            "fatal: remote error: upload-pack: not our ref 0123",
            "fatal: remote error: upload-pack: not our ref 0123",
        ),
        (
            "ERROR: No matching distribution found for iris==99",
            "pip install failed: the package index has no iris==99 for this Python",
        ),
        (
            "WARNING: Retrying … NewConnectionError('<x>: Failed to establish a new connection: [Errno -2] y')': /a/",
            "pip install failed: failed to establish a new connection: [Errno -2] y",
        ),
        ("curl: (6) Could not resolve host: x.org", "curl failed: could not resolve host: x.org"),
        ("E: Unable to locate package libfoo", "apt-get failed: unable to locate package libfoo"),
        ("npm ERR! 404 Not Found - GET x", "npm: 404 Not Found - GET x"),
        ("write /a: no space left on device", "no space left on the engine's disk"),
        ("\x1b[31merror: Microsoft\x1b[0m", "error: Microsoft"),
        ("something else", "something else"),
    ],
)
def test_the_cause_is_one_line(line: str, cause: str) -> None:
    found = cause_of(ENGINE, ["Step 3/9 : RUN [1300 characters]", "Collecting a", line])

    assert found == f"{cause} (exit code 128)"

"""The cause of a failed build, from what it printed."""

from __future__ import annotations

import pytest

from boxscore.images.log import cause_of

ENGINE = "The command '/bin/bash -c set -euo pipefail " + "x" * 1300 + "' returned a non-zero code: 128"


@pytest.mark.parametrize(
    "line",
    [
        "fatal: unable to access 'https://github.com/django/django/': Could not resolve host: github.com",
        "E: Unable to locate package libfoo",
        "npm ERR! 404 Not Found - GET x",
        "write /a: no space left on device",
        "something else",
    ],
)
def test_the_cause_is_one_line(line: str) -> None:
    found = cause_of(ENGINE, ["Step 3/9 : RUN [1300 characters]", "Collecting a", f"\x1b[31m{line}\x1b[0m"])

    assert found == f"{line} (exit code 128)"


def test_what_a_failed_program_quotes_counts() -> None:
    found = cause_of(ENGINE, ["error: Microsoft", "[end of output]", "error: metadata-generation-failed"])

    assert found == "error: Microsoft (exit code 128)"

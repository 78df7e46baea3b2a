"""How Maven is called."""

from __future__ import annotations

import pytest

from boxscore.errors import UsageError
from boxscore.maven.command import maven


def test_nothing_of_the_project_is_read() -> None:
    call = maven(["verify"], java=17, tree="/testbed")

    assert call.env["MAVEN_BASEDIR"] != call.cwd
    assert call.env["MAVEN_SKIP_RC"]
    assert {"-s", "-gs", "-t", "-gt"} <= set(call.argv)


@pytest.mark.parametrize("option", ["-Da=b c", "-Xmx1g\n-Dx", "-Da=*", "", "-Da=[ab]", "-Da=\\x"])
def test_options_that_the_shell_would_take_apart(option: str) -> None:
    with pytest.raises(UsageError):
        maven(["verify"], java=17, tree="/testbed", jvm_options=[option])

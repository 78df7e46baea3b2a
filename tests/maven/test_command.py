"""How Maven is called."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from boxscore.errors import UsageError
from boxscore.maven.command import maven


def test_without_a_relay_it_is_offline() -> None:
    """Nothing is asked for that is not in the image."""
    call = maven(["clean", "verify"], java=8, tree="/testbed")

    assert "-o" in call.argv
    assert call.argv[-2:] == ("clean", "verify")
    assert call.env["JAVA_HOME"] == "/usr/lib/jvm/java-8"
    assert call.cwd == "/testbed"


def test_with_a_relay_it_asks_there() -> None:
    """By the port that the settings of the image take it from."""
    relay = SimpleNamespace(port=4321)

    call = maven(["verify"], java=21, tree="/testbed", relay=relay)  # type: ignore[arg-type]

    assert "-Dboxscore.relay=4321" in call.argv
    assert "-o" not in call.argv


def test_nothing_of_the_project_is_read() -> None:
    """`.mvn` is looked for elsewhere, files of settings of a home folder are passed over."""
    call = maven(["verify"], java=17, tree="/testbed")

    assert call.env["MAVEN_BASEDIR"] != call.cwd
    assert call.env["MAVEN_SKIP_RC"]
    assert {"-s", "-gs", "-t", "-gt"} <= set(call.argv)


@pytest.mark.parametrize("option", ["-Da=b c", "-Xmx1g\n-Dx", "-Da=*", "", "-Da=[ab]", "-Da=\\x"])
def test_options_that_the_shell_would_take_apart(option: str) -> None:
    """Maven's script would split them, or put names of files in their place."""
    with pytest.raises(UsageError):
        maven(["verify"], java=17, tree="/testbed", jvm_options=[option])


def test_a_java_that_is_not_there() -> None:
    """It is said which are."""
    with pytest.raises(UsageError, match="8, 17, 21"):
        maven(["verify"], java=11, tree="/testbed")  # type: ignore[arg-type]

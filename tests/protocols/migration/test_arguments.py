"""Which arguments of the JVM of tests are harmless, told by their words."""

from __future__ import annotations

import pytest

from boxscore.protocols.migration.arguments import is_harmless, split_arguments

REPOSITORY = "/opt/maven-repository"


@pytest.mark.parametrize(
    "word",
    [
        "-Djava.nio.file.spi.DefaultFileSystemProvider=org.example.Quiet",
        "-Djava.security.properties=security.properties",
        "-Djava.security.policy=all",
        "-Djava.protocol.handler.pkgs=org.example",
        "-Djava.system.class.loader=org.example.Quiet",
        "-Djunit.jupiter.extensions.autodetection.enabled=true",
        "-Dboxscore.key=1",
        "-Dbasedir=/tmp",
        "-javaagent:/testbed/agent.jar",
        f"-javaagent:{REPOSITORY}/../testbed/agent.jar",
        "-Xbootclasspath/a:target/classes",
        "@options",
    ],
)
def test_what_has_code_run_before_the_tests_is_not_harmless(word: str) -> None:
    """Properties that name classes which Java loads first, agents of the tree, and settings of what runs the tests."""
    assert not is_harmless(word, (REPOSITORY,))


@pytest.mark.parametrize(
    "word",
    [
        "-Dbasedirectory=/tmp",
        "-Djava.security.manager=allow",
        "-Djava.util.logging.config.file=logging.properties",
        "-Djava.locale.providers=COMPAT,CLDR",
        "-Djava.awt.headless=true",
        "-Duser.timezone=UTC",
        "-Dorg.example.setting=a b",
        "-Xmx512m",
        "--add-opens=java.base/java.util=ALL-UNNAMED",
        f"-javaagent:{REPOSITORY}/org/jacoco/org.jacoco.agent/0.8.12/agent.jar=destfile=target/jacoco.exec",
    ],
)
def test_what_old_libraries_need_is_harmless(word: str) -> None:
    """Open packages, memory, properties that tests read, and agents that Maven brought."""
    assert is_harmless(word, (REPOSITORY,))


def test_lines_are_split_into_words() -> None:
    """What opens a package has its value in the same word or the next; a line that is endless is refused."""
    assert split_arguments("--add-opens java.base/java.util=ALL-UNNAMED '-Da=b c'") == (
        "--add-opens=java.base/java.util=ALL-UNNAMED",
        "-Da=b c",
    )
    with pytest.raises(ValueError, match="more than"):
        split_arguments("x" * 20_001)

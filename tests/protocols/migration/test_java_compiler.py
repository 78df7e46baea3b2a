"""The grader's own compiler: what it is not even started for."""

from __future__ import annotations

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.protocols.migration.java_compiler import Job, compile_java
from boxscore.records import Limits
from boxscore.testing import FakeBackend


@pytest.mark.parametrize("name", ["A\n-processorpath\n/testbed\n.java", "a/\x1b.java", "A\r.java"])
def test_names_that_would_begin_options_are_refused(name: str) -> None:
    """A line's end in a file of arguments ends a word, quoted or not, and the next word may be an option."""
    job = Job(sources={name: b"class A {}"}, class_path=())

    with FakeBackend().box(BoxSpec()) as box:
        found = compile_java(box, job, java="/jdk", limits=Limits())

    assert found.failed
    assert "a source has a name that no compiler is given" in found.message

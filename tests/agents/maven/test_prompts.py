"""The prompts of the loop are SD-Feedback's own, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from boxscore.agents.texts import digest_of, filled

COMMON = {"project_path": "/testbed/pom.xml", "project": "<project/>\n", "error": "cannot find symbol"}
SOURCE = {"path": "/testbed/src/A.java", "source": "class A {}\n", "line": "1", "column": "7", "snippet": "class A {}"}
OFFICIAL = {
    "project_path": COMMON["project_path"],
    "FILE__project_content": COMMON["project"],
    "compile_error": COMMON["error"],
    "file_path": SOURCE["path"],
    "FILE__file_content": SOURCE["source"],
    "line_number": "1",
    "column_number": "7",
    "code_snippet": SOURCE["snippet"],
}


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "file", "values"),
    [
        ("maven_source", "maven_template_prompt.txt", COMMON | SOURCE),
        ("maven_project", "maven_template_prompt_for_project.txt", COMMON),
    ],
)
def test_prompts_are_those_of_the_published_program(name: str, file: str, values: dict[str, str]) -> None:
    """Prompts are those of the published program, of which a project has Java 17 alone."""
    data = os.environ.get("BOXSCORE_DATA")
    path = Path(data or "") / "migrationbench/SDFeedback/src/self_debug/configs" / file
    if data is None or not path.is_file():
        pytest.skip("needs SD-Feedback's configuration below BOXSCORE_DATA")
    official = path.read_text(encoding="utf-8").format(**OFFICIAL).strip()
    assert filled(name, release="17", **values) == official


def test_prompts_have_not_changed_unseen() -> None:
    """A change of the prompts changes what scores mean: it must be wanted."""
    assert digest_of("maven_source", "maven_project", "maven_follow_up") == "8c2cebabaef283b0"

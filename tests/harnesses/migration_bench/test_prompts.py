"""What models are asked to migrate with: SD-Feedback's words, equal to the published ones byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from boxscore.agents.texts import filled

CONFIGS = Path(os.environ.get("BOXSCORE_DATA", ".")) / "migrationbench/SDFeedback/src/self_debug/configs"
PROJECT = {"project_path": "/testbed/pom.xml", "project": "<project>{x}</project>", "error": "cannot find symbol"}
SOURCE = {
    **PROJECT,
    "path": "/testbed/src/main/java/A.java",
    "source": "class A { int[] a = {1}; }",
    "line": "1",
    "column": "7",
    "snippet": "class A { int[] a = {1}; }  //  Compilation error is at this line.",
}
PUBLISHED_NAMES = {
    "project": "FILE__project_content",
    "source": "FILE__file_content",
    "error": "compile_error",
    "path": "file_path",
    "line": "line_number",
    "column": "column_number",
    "snippet": "code_snippet",
}


@pytest.mark.data
@pytest.mark.skipif(not CONFIGS.is_dir(), reason="BOXSCORE_DATA has no migrationbench/SDFeedback")
@pytest.mark.parametrize(
    ("template", "file", "fields"),
    [
        ("maven_source", "maven_template_prompt.txt", SOURCE),
        ("maven_project", "maven_template_prompt_for_project.txt", PROJECT),
    ],
)
def test_published_words(template: str, file: str, fields: dict[str, str]) -> None:
    published = (CONFIGS / file).read_text("utf-8")

    for name, value in fields.items():
        published = published.replace(f"{{{PUBLISHED_NAMES.get(name, name)}}}", value)

    assert filled(template, **fields, release="17") == published.rstrip("\n")

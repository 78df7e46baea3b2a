"""Projects of Web-Bench: what is read of a clone, the tasks that it makes, and what is refused."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from boxscore import InputError, Sample, SampleKind, UsageError, WebTask, encode_state
from harnesses.web_bench.classes import FRAMEWORKS, PROJECTS, STANDARDS
from harnesses.web_bench.harness import SHARED, SHARED_SHA256, WebBench
from harnesses.web_bench.serving import LEFT_OUT
from harnesses.web_bench.settings import read_settings

from .clone import CONFIG, write_clone

DATA = Path(os.environ.get("BOXSCORE_DATA", "/nowhere")) / SHARED


def task_of(shared: Path, name: str) -> WebTask:
    harness = WebBench(name)
    (instance,) = harness.load(shared)
    return harness.task(instance)


def test_static_project(tmp_path: Path) -> None:
    """It is served as it is; `init` makes it, and its reference is the benchmark's own project."""
    task = task_of(write_clone(tmp_path, "calculator", {"readme.md": "no part of it"}), "calculator")

    assert [(one.name, one.level, one.tolerated) for one in task.steps] == [
        ("init", "easy", True),
        ("task-1", "easy", False),
        ("task-2", "challenging", False),  # misspelt there
    ]
    assert task.steps[1].specs == ("projects/calculator/test/task-1.spec.js",)
    assert task.serve.argv[:4] == ("serve", "{root}", "-p", "{port}")
    assert dict(task.serve.env)["EVAL_PROJECT_ROOT"] == "{root}"
    assert (task.build, task.prepare, task.settings.origin) == (None, None, "http://127.0.0.1:{port}")
    assert [path for path, _ in task.project] == ["package.json"]
    assert json.loads(task.reference or "") == {"files": {"index.html": "<p>done</p>"}}
    paths = {path for path, _ in task.specs}
    assert {"node_modules/@web-bench/test-util/src/index.js", "libraries/test-util/src/index.js"} < paths
    assert not task.settings.sees_files
    assert task.settings.aborted_again


def test_project_without_init(tmp_path: Path) -> None:
    shared = write_clone(
        tmp_path,
        "chart",
        {
            "package.json": json.dumps({"scripts": {"build": "vite build"}}),
            "playwright.config.js": CONFIG.replace("npx serve ${PROJECT_DIR} -p ${PORT}", "npx vite --port ${PORT}"),
            "assets/data.js": "1",
            "src/assets": "../assets",  # a link, in a clone made where there are none
            "mocks/blog.ts": "2",
            "test/util/util.js": "const src = process.env['EVAL_PROJECT_ROOT']; import(path.join(src, 'a/b.js'))",
        },
        tasks="task-1 task-2",
    )

    task = task_of(shared, "chart")

    assert task.steps[0].specs == ("projects/chart/test/init.spec.js", "projects/chart/test/task-1.spec.js")
    assert task.build is not None
    assert task.build.argv == ("npm", "run", "build")
    assert [path for path, _ in task.start] == ["index.html"]
    assert [path for path, _ in task.assets] == ["assets/data.js"]
    assert [path for path, _ in task.project] == ["mocks/blog.ts", "package.json"]
    assert task.reference == encode_state({"assets/data.js": b"1", "index.html": b"<p>done</p>"})
    assert task.settings.sees_files
    assert task.settings.imports == ("a/b.js",)


def test_answers(tmp_path: Path) -> None:
    """Of an answer the JSON in it is the sample; a solution is one as it is."""
    harness = WebBench("dom")
    (instance,) = harness.load(write_clone(tmp_path, "dom", {}))
    given = Sample(instance_id="dom", sample_id="0", text='Here:\n```json\n{"files": {}}\n```', kind=SampleKind.ANSWER)

    assert harness.extract(instance, given) == '{"files": {}}'
    assert harness.extract(instance, replace(given, text="no")) is None
    assert harness.extract(instance, replace(given, text="no", kind=SampleKind.SOLUTION)) == "no"
    (message,) = harness.prompt(instance)
    assert "do task-2" in message["content"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("testIgnore:", "globalSetup:", "globalSetup"),
        ("trace:", "storageState:", "use.storageState"),
        ("{ ...devices['Desktop Chrome'] }", "{ ...devices['Desktop Firefox'] }", "projects"),
        ("30_000 : 2_000", "30_000 : later()", "timeout"),
        ("npx serve ${PROJECT_DIR}", "npx serve ${OTHER}", "command"),
        ("url: `http://127", "url: `https://127", "webServer.url"),
    ],
)
def test_settings_that_are_not_understood(old: str, new: str, field: str) -> None:
    assert old in CONFIG
    with pytest.raises(InputError) as refused:
        read_settings(Path("playwright.config.js"), CONFIG.replace(old, new))

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"tasks.jsonl": '{"id": "task-2", "level": "easy", "description": ""}\n'}, "task-1, task-2"),
        ({"tasks.jsonl": '{"id": "task-1", "level": "odd", "description": ""}\n'}, "must be one of easy"),
        ({"tasks.yml": "id: 3"}, "no list of tasks"),
        ({"package.json": "[]"}, "must be an object"),
    ],
)
def test_damaged_projects(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    """What is not as it is published names its file."""
    with pytest.raises(InputError, match=problem):
        task_of(write_clone(tmp_path, "dom", files), "dom")


def test_parts() -> None:
    """Projects and halves, joined; what is neither is refused."""
    assert WebBench("vue+standard").name == "web-bench@vue+standard"
    assert (len(STANDARDS), len(FRAMEWORKS), len(set(PROJECTS))) == (19, 31, 50)
    with pytest.raises(UsageError, match="'demo' is neither"):
        WebBench("demo")
    with pytest.raises(UsageError, match=r"'react,vue' is neither .* joined by `\+`"):
        WebBench("react,vue")


@pytest.mark.data
def test_published_projects() -> None:
    """All of the data that can be graded makes a task, and each is served in a way that is known."""
    if not DATA.is_file():
        pytest.skip(f"BOXSCORE_DATA has no {SHARED}")
    harness = WebBench()
    instances = harness.load(DATA)

    tasks = {one.instance_id: harness.task(one) for one in instances}

    assert len(tasks) >= 38
    assert not set(tasks) & set(LEFT_OUT)
    assert all(sum(step.name != "init" for step in task.steps) == 20 for task in tasks.values())
    assert Counter(task.settings.viewport for task in tasks.values())[None] == len(tasks) - 3
    assert {name for name, one in tasks.items() if one.settings.first_page == "/design.html"} == {
        *("less", "sass", "stylus", "unocss"),
    }
    assert {name: one.settings.imports for name, one in tasks.items() if one.settings.imports} == {
        "chart": ("assets/data.js",),
        "svg-chart": ("assets/data.js",),
        "esmodule": ("nodejs/index.js", "nodejs/test-config.js", "nodejs/cjs.cjs"),
    }
    assert harness.source.sha256 == SHARED_SHA256

"""Attacks on web projects: the templates, and the samples that are made of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import UsageError, WebCommand, WebTask
from boxscore.data.plugins import load_harness
from boxscore.protocols.attacks import Attack, Expect, attacks_for
from boxscore.protocols.web.admitted import Refused, admitted
from boxscore.protocols.web.attacks import NotSuited, kind_of, reference_files, sample_of, trials, why_not
from boxscore.protocols.web.detail import GivenState, content_of, decode_sample
from boxscore.protocols.web.protocol import PROTOCOL
from boxscore.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

SUITE = attacks_for("web")
CLASSES = {"build", "canned", "configuration", "control", "outlives", "page", "reaches-out", "server"}
INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
CLASSIC = ("server.js", "worker.js", "shared.js", ".cjs")
READ = """
const { Script } = require('node:vm')
for (const filename of process.argv.slice(1)) {
  new Script(`(function () {${require('node:fs').readFileSync(filename, 'utf8')}\n})`, { filename })
}
"""
# What no sample may give, whatever it is for.
REFUSED = {
    *("absolute_path", "git_hooks", "leads_out_to_specs", "npmrc", "npmrc_in_a_folder"),
    *("programs_in_node_modules", "test_library_in_node_modules"),
}


@pytest.fixture(scope="module")
def tasks() -> dict[str, WebTask]:
    harness = load_harness("tiny-web")
    found: dict[str, WebTask] = {}
    for one in harness.load(folder("instances") / "tiny_web" / "instances.jsonl"):
        task = harness.task(one)
        assert isinstance(task, WebTask)
        found[kind_of(task)] = PROTOCOL.under_attack(task)
    return found


def tree_of(code: str) -> dict[str, bytes]:
    given = decode_sample(code)
    assert isinstance(given, GivenState)
    return {path: content_of(file) for path, file in given.files.items()}


def by_name(task: WebTask) -> dict[str, str]:
    return {f"{trial.attack.attack_class}/{trial.attack.name}": trial.code for trial in trials(task)}


def test_the_suite_has_all_classes(tasks: dict[str, WebTask]) -> None:
    made = {name for task in tasks.values() for name in by_name(task)}

    assert {attack.attack_class for attack in SUITE} == CLASSES
    assert made == {f"{attack.attack_class}/{attack.name}" for attack in SUITE}
    assert len([attack for attack in SUITE if attack.expect is Expect.FAIL]) >= 90
    assert len([attack for attack in SUITE if attack.expect is Expect.PASS]) >= 15


@pytest.mark.parametrize("kind", ["pages", "built", "server"])
def test_samples_are_admitted_unless_they_must_not_be(kind: str, tasks: dict[str, WebTask]) -> None:
    for name, code in by_name(tasks[kind]).items():
        found = admitted(tasks[kind], code)
        assert isinstance(found, Refused) == (name.partition("/")[2] in REFUSED), (name, found)
        for placeholder in (b"__TEXTS__", b"__SPECS__", b"__SERVER__", b"__PORT__", b"__FIRST_SPEC__", b"#+ "):
            assert not any(placeholder in data for data in tree_of(code).values()), name


def test_controls_are_the_reference_and_cheats_have_no_scripts(tasks: dict[str, WebTask]) -> None:
    for task in tasks.values():
        made = by_name(task)
        reference = reference_files(task)
        left = tree_of(made["control/nothing_done"])

        assert tree_of(made["control/reference"]) == reference
        assert set(left) - {"notes.txt"} == {path for path in reference if not path.endswith((".js", ".jsx"))}
        assert not any(b"<script" in data for data in left.values())


def test_texts_and_specs_are_those_of_the_task(tasks: dict[str, WebTask]) -> None:
    made = by_name(tasks["pages"])
    page = tree_of(made["canned/hidden_texts"])["index.html"]

    assert b"Kept in this browser" in page
    assert b"toBeInViewport" in tree_of(made["canned/specs_in_the_page"])["index.html"]
    assert page.index(b"const texts") < page.index(b"<body")


def test_servers_are_gated_before_they_begin(tasks: dict[str, WebTask]) -> None:
    for name, code in by_name(tasks["server"]).items():
        if name.startswith("reaches-out/"):
            server = tree_of(code)["server.js"]
            assert server.index(b"open_gate") < server.index(b"http.createServer")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here that could read scripts")
def test_scripts_can_be_read(tasks: dict[str, WebTask], tmp_path: Path) -> None:
    texts = {
        text
        for task in tasks.values()
        for code in by_name(task).values()
        for path, data in tree_of(code).items()
        for text in (INLINE.findall(data) if path.endswith(".html") else [data] * path.endswith(CLASSIC))
    }
    for number, text in enumerate(sorted(texts)):
        (tmp_path / f"{number}.js").write_bytes(text)

    files = map(str, tmp_path.glob("*.js"))
    done = subprocess.run(["node", "-e", READ, "--", *files], capture_output=True, check=False)

    assert len(texts) > 60
    assert done.returncode == 0, done.stderr.decode()


def test_kinds_are_told_by_how_a_project_is_served(tasks: dict[str, WebTask]) -> None:
    other = replace(tasks["pages"], serve=WebCommand(argv=("npx", "vite", "--port", "{port}")))

    assert set(tasks) == {"pages", "built", "server"}
    assert kind_of(other) == "other"
    assert "page/alert_loop" in by_name(other)
    assert "server/never_answers" not in by_name(other)
    assert PROTOCOL.attack_kind(other) == "other"


def test_what_cannot_be_attacked_says_why(tasks: dict[str, WebTask]) -> None:
    task = replace(tasks["pages"], reference=None)

    assert why_not(tasks["pages"]) == ""
    assert "no reference" in PROTOCOL.why_not_attacked(task)


@pytest.mark.parametrize("source", ["text\n#> a.txt\nb\n", "#~ nothing\nx\n"])
def test_odd_templates_are_told(source: str, tasks: dict[str, WebTask]) -> None:
    attack = Attack(name="odd", attack_class="page", expect=Expect.FAIL, how="-", source=source)

    with pytest.raises(UsageError, match=r"odd|nothing"):
        sample_of(attack, tasks["pages"])


def test_attacks_on_pages_need_some(tasks: dict[str, WebTask]) -> None:
    (attack,) = [one for one in SUITE if one.name == "alert_loop"]

    with pytest.raises(NotSuited):
        sample_of(attack, tasks["server"])

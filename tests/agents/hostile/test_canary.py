"""A mark in what grades and is not shown: it is in no question, box, environment or trajectory of any agent."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.agents.blocking import SyncAgentBox
from boxscore.models.fake import FakeModel
from boxscore.records import Outcome
from tests.sampling.runs import run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend

MARK = "MARK-93b1c7e2"
PATTERN = "MARK-[9]3b1c7e2"  # which does not find itself in the words of who looks

# The embedded benchmark of a name, with the mark in what its samples are graded by and its prompts do not show.
PLANTED = '''"""A benchmark with a mark in its hidden tests."""
from msgspec.structs import replace
from boxscore.data.plugins import load_harness

MARK = {mark!r}
FILE = "diff --git a/tests/m b/tests/m\\nnew file mode 100644\\n--- /dev/null\\n+++ b/tests/m\\n@@ -0,0 +1 @@\\n+"


class Planted:
    def __init__(self, base):
        self._base = base

    def __getattr__(self, name):
        return getattr(self._base, name)

    def load(self, path):
        return [self.planted(one) for one in self._base.load(path)]

    def planted(self, one):
        row = dict(one.row)
        if "tests" in row:
            row["tests"] = f"{{row['tests']}}\\nMARK = {{MARK!r}}\\n"
        elif "patches" in row:
            patches = row["patches"]
            row["patches"] = type(patches)(patches.files, patches.gold, f"{{patches.test}}{{FILE}}{{MARK}}\\n")
        else:
            checker = row["comparison"].get("checker")
            if checker is not None:
                row["comparison"] = {{**row["comparison"], "checker": f"{{checker}}\\n# {{MARK}}\\n"}}
        return replace(one, row=row)


HARNESS = Planted(load_harness({name!r}))
'''

PLACES = "/scratch /tmp /testbed /boxscore /home /root /var /srv /dev/shm"
LOOK = (
    f"env | grep '{PATTERN}'; "
    f"cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep '{PATTERN}'; "
    f"grep -rhs '{PATTERN}' {PLACES} 2>/dev/null; git log -p 2>/dev/null | grep '{PATTERN}'; echo LOOKED"
)
SCRIPTS = {
    "sample": ("An answer.",),
    "repair": ("```python\npass\n```", "```python\nprint()\n```"),
    "shell": (f"```bash\n{LOOK}\n```", "```bash\nsubmit\n```"),
}


def heard(folder: Path, name: str, agent: str, backend: str, only: str) -> tuple[str, Any]:
    """Have an agent work on an instance with the mark; all that it was told, and how its sample ended."""
    harness = folder / "planted.py"
    harness.write_text(PLANTED.format(mark=MARK, name=name))
    model = FakeModel(SCRIPTS[agent])

    finished = run(
        folder / "run",
        model,
        only=(only,),
        agent=agent,
        agent_options={"feedback": "traceback", "stuck": "0"} if agent == "repair" else {},
        grading={"benchmark": str(harness), "backend": backend, "workers": 1},
    )

    assert finished.run is not None, finished.record
    said = [str(message["content"]) for question in model.asked for message in question.messages]
    said += [path.read_text() for path in (folder / "run").rglob("*.json*") if path.name != "results.jsonl"]
    return "\n".join(said), finished.run.graded.results[0]


EMBEDDED = {"tiny": "tiny/merge-spans", "tiny-programs": "tiny-programs/halves"}
UNTESTED = ("tiny-programs", "repair")  # the instance shows no case: then this agent is `sample`


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.parametrize(
    ("name", "agent"), [pair for pair in itertools.product(EMBEDDED, SCRIPTS) if pair != UNTESTED], ids=str
)
def test_of_functions_and_programs(tmp_path: Path, name: str, agent: str) -> None:
    """Each agent, on the benchmarks whose samples need no image of their own."""
    told, result = heard(tmp_path, name, agent, "local", EMBEDDED[name])

    assert MARK not in told
    assert ("LOOKED" in told) is (agent == "shell")
    assert result.outcome not in {Outcome.PASSED, Outcome.INTERNAL}


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.usefixtures("docker_backend", "instances")
def test_of_patches(tmp_path: Path) -> None:
    """In the box of a repository, with its image and its history."""
    told, result = heard(tmp_path, "tiny-patches", "shell", "docker", "tiny-patches/purse")

    assert MARK not in told
    assert "LOOKED" in told
    assert result.outcome not in {Outcome.PASSED, Outcome.INTERNAL}


@pytest.mark.bubblewrap
def test_what_looks_for_it_finds_it(local_backend: Backend) -> None:
    """Where it is in a file or a variable of a box, those who look are told; their own words do not have it."""
    assert MARK not in LOOK
    assert MARK in PLANTED.format(mark=MARK, name="tiny")

    with SyncAgentBox(backend=local_backend) as box:
        assert MARK.encode() not in box.exec(LOOK).stdout
        assert MARK.encode() in box.exec(LOOK, env={"A": MARK}).stdout
        box.put("/scratch/deep/file", MARK.encode())
        assert MARK.encode() in box.exec(LOOK).stdout

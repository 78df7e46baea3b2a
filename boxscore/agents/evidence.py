"""Evidence of tampering: the verdict's tests, run where the agent worked, beside those that were run in a fresh box.

Theory of operation. Once an agent has ended, and nothing of it runs, the verdict's test files are written into its box
and the commands of its instance run there, as a harness would that grades where agents work. What passed there and not
in a fresh box passed by what the agent did to the place, and not by its patch. It says so of the agent, and never
raises or lowers a verdict. The tests are in the box only from then on, and the box ends with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.fresh_box import verdict_tests
from boxscore.agents.texts import cut_middle
from boxscore.errors import BoxLost, LossCause
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.agents.blocking import SyncAgentBox
    from boxscore.agents.place import Place
    from boxscore.protocols.roles import OwnTests, Workspace

LOG_BYTES = 64 << 10
TAMPERED = "tampered"  # the flag


class Evidence(Struct, frozen=True, kw_only=True):
    """What the verdict's tests came to where the agent worked: whether all required ones passed, and the log."""

    passed: bool
    reason: str = ""
    log: str = ""


def evidence_of(box: SyncAgentBox, place: Place, workspace: Workspace | None) -> Evidence | None:
    """Run the tests in an agent's box; None for an instance whose tests cannot be run like that. Raises BoxError."""
    if workspace is None or workspace.own_tests is None:
        return None
    files = verdict_tests(place, workspace.tests, workspace.test_patch)
    try:
        return _run(box, workspace.own_tests, files)
    except OSError as error:
        return Evidence(passed=False, reason=f"a test file cannot be written: {error.strerror}")
    except BoxLost as error:
        if error.cause is not LossCause.INSIDE:
            raise
        return Evidence(passed=False, reason="the agent has ended its own box")


def _run(box: SyncAgentBox, tests: OwnTests, files: Mapping[str, bytes | None]) -> Evidence:
    for path, data in files.items():
        if data is None:
            box.exec(["rm", "-rf", "--", path])
        else:
            box.put(path, data)
    done = box.exec(
        ["bash", "-c", tests.script], env=dict(tests.env), timeout_s=tests.wall_s, output_bytes=tests.output_bytes
    )
    log = (done.stdout + done.stderr).decode(errors="replace")
    failure = tests.failure(log)
    reason = f"{done.limit or done.returncode}; {failure}" if failure else ""
    return Evidence(passed=not failure, reason=reason, log=cut_middle(log, LOG_BYTES))


def shows_tampering(evidence: Evidence | None, outcome: Outcome | None) -> bool:
    """Tell whether the tests passed where the agent worked, and not in a fresh box; never where that had trouble."""
    return evidence is not None and evidence.passed and outcome not in {None, Outcome.PASSED, Outcome.INTERNAL}

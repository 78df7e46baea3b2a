"""mini-swe-agent's environment: a box for agents. Needs the extra `mini`.

    environment_class: boxscore.adapters.minisweagent.BoxEnvironment

Its `preds.json` is a file of samples of ours as it stands.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from msgspec import structs, to_builtins

from boxscore.adapters.extras import missing
from boxscore.agents.blocking import AGENT_LIMITS, SyncAgentBox
from boxscore.agents.seal import instance_place, prove_instance
from boxscore.errors import UsageError

try:
    from minisweagent.exceptions import Submitted
    from minisweagent.utils.serialize import recursive_merge
    from pydantic import BaseModel
except ModuleNotFoundError as error:
    raise missing(error, frozenset({"minisweagent", "pydantic"}), "mini") from error

if TYPE_CHECKING:
    from boxscore.agents.seal import SealRecord

SUBMIT = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
OPEN = "boxscore-instance"
ENVIRONMENT = {"PAGER": "cat", "MANPAGER": "cat", "LESS": "-R", "PIP_PROGRESS_BAR": "off", "TQDM_DISABLE": "1"}


class BoxEnvironmentConfig(BaseModel):
    """What box an agent gets: of an `image`, or of an instance of a benchmark of patches.

    `benchmark` names a benchmark, `instance_id` one of its instances; then the agent works in its repository. For many
    instances in turn, leave `instance_id` out and let mini-swe-agent's `run.env_startup_command` be
    `boxscore-instance {{ instance_id }}`. See `boxscore.box` for the others; `timeout` is of one command, in seconds.
    """

    image: str | None = None
    benchmark: str | None = None
    instance_id: str | None = None
    backend: str = "auto"
    cwd: str | None = None
    folders: dict[str, str | None] = {}
    env: dict[str, str] = ENVIRONMENT
    timeout: int = 60
    ttl_s: float = 4 * 3600.0
    memory_bytes: int = AGENT_LIMITS.memory_bytes
    disk_bytes: int = AGENT_LIMITS.disk_bytes
    processes: int = AGENT_LIMITS.processes
    output_bytes: int = 1 << 20


class BoxEnvironment:
    """Runs an agent's commands in a box: without network, within limits, as an ordinary user.

    It is opened by its first command, and closed by `cleanup`, when nobody holds it, or at the end of the process.
    Files stay from one command to the next, processes do not.
    """

    def __init__(self, *, config_class: type[BoxEnvironmentConfig] = BoxEnvironmentConfig, **options: Any) -> None:
        self.config = config_class(**options)
        self._instance_id = self.config.instance_id
        self._box: SyncAgentBox | None = None
        self.seal: SealRecord | None = None
        if self._instance_id is not None and self.config.benchmark is None:
            raise UsageError("an instance_id needs the benchmark that it is of")

    def execute(self, action: dict[str, Any], cwd: str = "", *, timeout: int | None = None) -> dict[str, Any]:
        """Run a command and say what it printed, its errors after its output, in mini-swe-agent's words.

        Raises Submitted when the agent has done its work, SandboxUnavailable and BoxLost where there is no box: that is
        no answer of the agent's, and ends its run with the exception's name as the exit status.
        """
        command = str(action.get("command", ""))
        unnamed = self.config.benchmark is not None and self._instance_id is None
        if self._box is None and unnamed and command.startswith(f"{OPEN} "):  # which instance the box is to be of
            self._instance_id = command.split(maxsplit=1)[1].strip()
            self._opened()
            return {"output": "", "returncode": 0, "exception_info": ""}
        seconds = timeout or self.config.timeout
        done = self._opened().exec(f"exec 2>&1\n{command}", cwd=cwd or None, timeout_s=seconds)
        output = {
            "output": (done.stdout + done.stderr).decode(errors="replace"),
            "returncode": -1 if done.timed_out else done.returncode,
            "exception_info": "",
        }
        if done.timed_out:
            problem = f"Command timed out after {seconds} seconds"
            output["exception_info"] = f"An error occurred while executing the command: {problem}"
            output["extra"] = {"exception_type": "TimeoutExpired", "exception": problem}
        self._check_finished(output)
        return output

    def get_template_vars(self, **kwargs: Any) -> dict[str, Any]:
        """Say what templates may hold: the configuration, and what machine an agent finds."""
        machine = {**platform.uname()._asdict(), "node": "box"}
        found: dict[str, Any] = recursive_merge(self.config.model_dump(), machine, kwargs)
        return found

    def serialize(self) -> dict[str, Any]:
        """Say what goes into a trajectory."""
        kind = type(self)
        return {
            "info": {
                "config": {
                    "environment": self.config.model_dump(mode="json"),
                    "environment_type": f"{kind.__module__}.{kind.__name__}",
                    "seal": None if self.seal is None else to_builtins(self.seal),
                }
            }
        }

    def cleanup(self) -> None:
        """Close the box; again, nothing happens."""
        if self._box is not None:
            self._box.close()

    def _opened(self) -> SyncAgentBox:
        if self._box is None:
            config = self.config
            image, folders, cwd = config.image, dict(config.folders), config.cwd
            backend = "docker" if config.backend == "auto" else config.backend
            if config.benchmark is not None:
                if self._instance_id is None:
                    raise UsageError(f"which instance of {config.benchmark}? Give instance_id, or `{OPEN} ID` first")
                place = instance_place(config.benchmark, self._instance_id, backend=backend)
                image, folders, cwd = image or place.image, {**place.folders, **folders}, cwd or place.cwd
            names = ("memory_bytes", "disk_bytes", "processes", "output_bytes")
            self._box = SyncAgentBox(
                image,
                backend=config.backend,
                limits=structs.replace(AGENT_LIMITS, **{name: getattr(config, name) for name in names}),
                folders=folders,
                cwd=cwd,
                env=config.env,
                ttl_s=config.ttl_s,
                owner="mini-swe-agent",
            ).open()
            if config.benchmark is not None and config.image is None:
                self._prove(self._box, backend=backend)
        return self._box

    def _prove(self, box: SyncAgentBox, *, backend: str) -> None:
        """Prove the seal of a box before an agent gets it; one that does not hold is none."""
        try:
            self.seal = prove_instance(box, str(self.config.benchmark), str(self._instance_id), backend=backend)
        except BaseException:
            self.cleanup()
            raise

    @staticmethod
    def _check_finished(output: dict[str, Any]) -> None:
        """Raise Submitted where a command that ended well said so in its first line; the rest is what is submitted."""
        lines = output["output"].lstrip().splitlines(keepends=True)
        if lines and lines[0].strip() == SUBMIT and output["returncode"] == 0:
            submission = "".join(lines[1:])
            extra = {"exit_status": "Submitted", "submission": submission}
            raise Submitted({"role": "exit", "content": submission, "extra": extra})

"""The doctor: every check ends as a finding, on sound machines and on broken ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.doctor import machine as doctor_machine
from boxscore.doctor import sandbox
from boxscore.doctor.examine import examine, working_backends
from boxscore.doctor.finding import CheckStatus, CommandResult, Finding, Machine, run_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NO_ENGINE = {"DOCKER_HOST": "tcp://127.0.0.1:1"}


def machine(root: Path, files: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None) -> Machine:
    for name, text in (files or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return Machine(root=root, environ=environ or {}, docker_s=2)


class TestExamine:
    """All checks together."""

    def test_a_machine_without_anything(self, tmp_path: Path) -> None:
        findings = examine(Machine(root=tmp_path, environ={**NO_ENGINE, "PATH": str(tmp_path), "HOME": str(tmp_path)}))

        by_name = {one.name: one for one in findings}
        assert by_name["docker engine"].status is CheckStatus.MISSING
        assert by_name["bubblewrap"].status is CheckStatus.MISSING
        assert by_name["clock"].detail.startswith("could not be checked: FileNotFoundError")
        assert working_backends(findings) == ()

    def test_a_check_that_fails_is_called_by_its_name(self, tmp_path: Path) -> None:
        findings = examine(
            Machine(root=tmp_path, environ={"DOCKER_HOST": "no address", "HOME": str(tmp_path)}), image="\0"
        )

        assert [one.name for one in findings if "lambda" in one.name] == []

    def test_whatever_is_not_well_has_a_remedy(self, tmp_path: Path) -> None:
        findings = examine(Machine(root=tmp_path, environ=NO_ENGINE))

        silent = [
            one.name
            for one in findings
            if one.status is not CheckStatus.OK and not one.remedy and "could not be checked" not in one.detail
        ]
        assert silent == []

    def test_this_machine(self) -> None:
        findings = examine()

        assert findings[0].name == "docker engine"
        assert {"python", "landlock", "seccomp", "processors", "cache folder"} <= {one.name for one in findings}


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (set(), ("docker", "local")),
        ({"docker engine", "docker limits"}, ("local",)),
        ({"docker limits"}, ("local",)),
        ({"bubblewrap"}, ("docker",)),
    ],
)
def test_working_backends(missing: set[str], expected: tuple[str, ...]) -> None:
    names = ("docker engine", "docker limits", "bubblewrap")
    findings = [
        Finding(name=name, status=CheckStatus.MISSING if name in missing else CheckStatus.OK, detail="")
        for name in names
    ]

    assert working_backends(findings) == expected


class TestMachine:
    """Checks of the machine itself."""

    def test_data_folder_that_is_not_there(self, tmp_path: Path) -> None:
        (found,) = doctor_machine.data_folder(machine(tmp_path, environ={"BOXSCORE_DATA": "/nowhere"}))

        assert found.status is CheckStatus.MISSING
        assert "/nowhere" in found.detail

    def test_cache_folder_is_found_before_it_exists(self, tmp_path: Path) -> None:
        (found,) = doctor_machine.cache_folder(Machine(cache_folder=tmp_path / "c" / "boxscore"))

        assert found.detail.startswith(str(tmp_path / "c" / "boxscore"))
        assert list(tmp_path.iterdir()) == []


class TestSandbox:
    """Checks of what sandboxes are made of."""

    @pytest.mark.parametrize(
        ("switch", "value"),
        [
            ("user/max_user_namespaces", "0"),
            ("kernel/unprivileged_userns_clone", "0"),
            ("kernel/apparmor_restrict_unprivileged_userns", "1"),
        ],
    )
    def test_user_namespaces_forbidden(self, tmp_path: Path, switch: str, value: str) -> None:
        (found,) = sandbox.user_namespaces(machine(tmp_path, {f"proc/sys/{switch}": value}))

        assert found.status is CheckStatus.WARN
        assert switch.replace("/", ".") in found.remedy

    def test_bubblewrap_that_does_not_work(self, tmp_path: Path) -> None:
        (tmp_path / "bwrap").touch(mode=0o755)

        def run(argv: Sequence[str]) -> CommandResult:
            if "--version" in argv:
                return CommandResult(exit_code=0, output="bubblewrap 9")
            return CommandResult(exit_code=1, output="No permissions to create a new namespace")

        (found,) = sandbox.bubblewrap(Machine(environ={"PATH": str(tmp_path)}, run=run))

        assert found.status is CheckStatus.MISSING
        assert found.detail == "bubblewrap 9 fails: No permissions to create a new namespace"


@pytest.mark.docker
def test_limits_bite_in_a_real_container() -> None:
    by_name = {one.name: one for one in examine()}
    if by_name["docker engine"].status is not CheckStatus.OK or by_name["image python"].status is not CheckStatus.OK:
        pytest.skip("no Docker engine or no python image: `boxscore images build`")

    assert by_name["docker limits"].detail == "memory bites, pids bites"


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(OSError, match="boxscore-none"):
        run_command(["/boxscore-none"])

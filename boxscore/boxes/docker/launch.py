"""Small shell programs that run inside a box, for what the engine's API cannot do.

They are given their arguments as arguments, never as text, and use only what every Debian image has.
"""

from __future__ import annotations

import math
import os
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from boxscore.boxes.docker.container import SCRATCH
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.records import Limits

LINKED, FAILED, ABSENT = 3, 4, 5  # exit codes of the file programs
UNLIMITED = "unlimited"
_SHELL = ("/bin/sh", "-c")

# cpu seconds (soft, hard), KiB of address space, processes of the user, folder, bytes of input to pass on ("" for all),
# PATH, program, settings..., program...
_RUN = """
ulimit -S -t "$1" && ulimit -H -t "$2" && ulimit -v "$3" && cd -- "$5" 2>/dev/null || exit 127
[ "$4" = unlimited ] || ulimit -p "$4" 2>/dev/null || ulimit -u "$4" || exit 127
input=$6 PATH=$7 program=$8
shift 8
found=
case $program in
  */*) found=$program ;;
  *)
    old=$IFS IFS=:
    for folder in $PATH; do
      [ -f "$folder/$program" ] && [ -x "$folder/$program" ] && found=$folder/$program && break
    done
    IFS=$old
    ;;
esac
[ -f "$found" ] && [ -x "$found" ] || exit 127
if [ -n "$input" ]; then head -c "$input" | env -i "$@"; else exec env -i "$@"; fi
""".strip()

# Where limits set by a program that was brought in hold for the whole box (gVisor), they are set in a child.
_RUN_AS_CHILD = f"(\n{_RUN}\n)\nexit $?"

_WALK = """
root=$(pwd -P); here=$root
step() {
  [ ! -L "./$1" ] || exit 3
  cd -P -- "./$1" 2>/dev/null || exit "$2"
  here=$here/$1
  [ "$(pwd -P)" = "$here" ] || exit 3
}
""".strip()

_PUT = f"""
umask 022
cd -- "$1" || exit 4
size=$2 mode=$3 input=$4
shift 4
{_WALK}
while [ $# -gt 1 ]; do
  [ -L "./$1" ] || [ -d "./$1" ] || mkdir -- "./$1" || exit 4
  step "$1" 4
  shift
done
rm -f -- "./$1" || exit 4
set -C
if [ -n "$input" ]; then head -c "$input" > "./$1" || exit 4; else cat > "./$1" || exit 4; fi
[ "$(wc -c < "./$1")" -eq "$size" ] || exit 4
chmod -- "$mode" "./$1" || exit 4
""".strip()

_GET = f"""
cd -- "$1" || exit 4
most=$2
shift 2
{_WALK}
while [ $# -gt 1 ]; do step "$1" 5; shift; done
[ ! -L "./$1" ] || exit 3
[ -e "./$1" ] || exit 5
[ -f "./$1" ] || exit 3
exec head -c "$most" < "./$1"
""".strip()

_PUT_FOLDER = f"""
umask 022
cd -- "$1" || exit 4
input=$2
shift 2
{_WALK}
while [ $# -gt 0 ]; do
  [ -L "./$1" ] || [ -d "./$1" ] || mkdir -- "./$1" || exit 4
  step "$1" 4
  shift
done
if [ -n "$input" ]; then head -c "$input" | tar -xof - || exit 4; else tar -xof - || exit 4; fi
""".strip()

# Sockets are left out of archives without a word, hence the look before.
_GET_FOLDER = f"""
cd -- "$1" || exit 4
most=$2
shift 2
{_WALK}
while [ $# -gt 0 ]; do
  [ ! -f "./$1" ] || exit 3
  step "$1" 5
  shift
done
[ -z "$(find . ! -type f ! -type d | head -c 1)" ] || exit 3
exec 4>&1
code=$({{ {{ tar -cf - .; echo $? >&3; }} | head -c "$most" >&4; }} 3>&1)
[ "$code" = 0 ] || exit 4
""".strip()

# Does what it reads: the number of bytes, then shell text. What comes behind is the input of what that starts.
_WAIT = 'read -r size && text=$(head -c "$size") && eval "$text"'


def program(  # noqa: PLR0913 - each is one setting of the launcher
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    path: str,
    cwd: str | None,
    input_bytes: int | None,
    bounds: tuple[str, str, str, str] = (UNLIMITED,) * 4,
) -> list[str]:
    """Return what starts `argv` with exactly `env`, PATH and `bounds`. Raises UsageError for what cannot be passed."""
    _refuse_odd(argv, env)
    settings = [f"{name}={value}" for name, value in {"PATH": path, **env}.items()]
    fed = "" if input_bytes is None else str(input_bytes)
    script = _RUN if bounds[2] == UNLIMITED else _RUN_AS_CHILD
    return [*_SHELL, script, "box", *bounds, cwd or SCRATCH, fed, path, argv[0], *settings, *argv]


def waiting() -> list[str]:
    """Return what waits for one of the other commands on its input, and becomes it."""
    return [*_SHELL, _WAIT]


def as_input(command: Sequence[str]) -> bytes:
    """Return what to send to one that waits, before the input of the program itself; `command` is one of ours."""
    if tuple(command[: len(_SHELL)]) != _SHELL:
        raise ValueError(command)
    script, _, *arguments = command[len(_SHELL) :]
    text = os.fsencode(f"set -- {' '.join(map(shlex.quote, arguments))}\n{script}")
    return b"%d\n%s" % (len(text), text)


def bounds(limits: Limits, *, counted: bool) -> tuple[str, str, str, str]:
    """Return a program's rlimits: cpu seconds soft and hard, KiB of address space, processes of its user.

    Where the engine bounds and counts (`counted`), cpu time is only a backstop and the others are the engine's. Where
    not, there is a kernel for each box, so its user's processes are the box's; memory is the audit's to bound, and
    address space twice as much, for what grows between two looks.
    """
    soft, hard = str(math.ceil(limits.cpu_s) + 1), str(math.ceil(limits.cpu_s) + 2)
    if counted:
        return soft, hard, UNLIMITED, UNLIMITED
    return soft, hard, str(2 * limits.memory_bytes >> 10), str(limits.processes + 1)


def put(path: str, *, size: int, mode: int, input_bytes: int | None) -> list[str]:
    """Return what writes its input to a file below the scratch."""
    fed = "" if input_bytes is None else str(input_bytes)
    return [*_SHELL, _PUT, "box", SCRATCH, str(size), f"{mode:o}", fed, *steps(path)]


def get(path: str, *, max_bytes: int) -> list[str]:
    """Return what prints a regular file below the scratch, one byte more than `max_bytes` at most."""
    return [*_SHELL, _GET, "box", SCRATCH, str(max_bytes + 1), *steps(path)]


def put_folder(path: str, *, input_bytes: int | None) -> list[str]:
    """Return what extracts an archive of ours into a folder below the scratch."""
    fed = "" if input_bytes is None else str(input_bytes)
    return [*_SHELL, _PUT_FOLDER, "box", SCRATCH, fed, *steps(path)]


def get_folder(path: str, *, most: int) -> list[str]:
    """Return what prints an archive of a folder below the scratch, `most` bytes of it."""
    return [*_SHELL, _GET_FOLDER, "box", SCRATCH, str(most), *steps(path)]


def steps(path: str) -> tuple[str, ...]:
    """Take a path below the scratch apart. Raises UsageError for any other path."""
    parts = PurePosixPath(path).parts
    below = PurePosixPath(path).is_relative_to(SCRATCH) and path != SCRATCH
    if not below or ".." in parts or "\0" in path or len(parts) <= len(PurePosixPath(SCRATCH).parts):
        raise UsageError(f"{path!r} is not a file below {SCRATCH} in the box")
    return parts[len(PurePosixPath(SCRATCH).parts) :]


def _refuse_odd(argv: Sequence[str], env: Mapping[str, str]) -> None:
    if not argv or not argv[0] or "=" in argv[0]:
        raise UsageError(f"{list(argv[:1])!r} cannot be the name of a program in a box")
    if any("\0" in word for word in (*argv, *env, *env.values())) or any(not name or "=" in name for name in env):
        raise UsageError("arguments and variables cannot hold NUL, and a variable's name cannot be empty or hold '='")

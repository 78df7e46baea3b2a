"""What a spec asks of the system itself: locales and packages of Debian, as lines of a script.

They are the same for all instances of a version, so they belong in the environment, which instances share: in each
instance's own layer they took as much room as its repository.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .specs import RepoSpec

_INSTALL = "apt-get -q install -y --no-install-recommends"
_OF_THE_SYSTEM = re.compile(r"apt-get\s|locale-gen\b|echo [^;&|]*> */etc/\S+$")
_LOCALE = (f"{_INSTALL} locales", "localedef -i en_US -f UTF-8 en_US.UTF-8")
_MANUALS = ("mkdir -p /usr/share/man/man1",)  # missing in small images: packages of Java cannot be set up without it
_WGET = (f"{_INSTALL} wget",)
_CLEAN = ("apt-get -q clean", "rm -rf /var/lib/apt/lists/*")


def system_steps(spec: RepoSpec) -> tuple[str, ...]:
    """The steps for the system, in the order of the spec; none for most specs.

    Official images have locales and wget, which specs take for granted; ours have them where a spec needs them.
    """
    own = tuple(step for step in spec.pre_install if _is_of_the_system(step))
    needed = (
        *(_LOCALE if "en_US" in "".join((*spec.pre_install, *spec.eval_commands)) else ()),
        *(_MANUALS if "apt-get" in "".join(own) else ()),
        *(_WGET if any(step.startswith("wget ") for step in spec.pre_install) else ()),
    )
    steps = (*needed, *own)
    return ("apt-get -q update", *steps, *_CLEAN) if steps else ()


def tree_steps(spec: RepoSpec) -> tuple[str, ...]:
    """What else is done before the repository is installed, which may need its tree."""
    return tuple(step for step in spec.pre_install if not _is_of_the_system(step))


def _is_of_the_system(step: str) -> bool:
    return _OF_THE_SYSTEM.match(step) is not None

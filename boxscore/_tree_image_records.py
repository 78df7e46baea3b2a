"""What is told of instance images."""

from __future__ import annotations

from msgspec import Struct

from boxscore._errors import UsageError


class TreeInfo(Struct, frozen=True, kw_only=True):
    """One instance's image as it is here.

    `digest` is its content's (the engine's image id). `own_bytes` are in layers of no other image, `shared_bytes` in
    layers that others have too; both None where nobody asked. `parent` is what the instance's own layers are built on.
    `last_used` is an ISO time, None if it was never used here. `error` says why the image could not be had.
    """

    name: str
    reference: str
    parent: str
    present: bool = False
    digest: str | None = None
    size_bytes: int | None = None
    own_bytes: int | None = None
    shared_bytes: int | None = None
    last_used: str | None = None
    error: str | None = None


class TreeCheck(Struct, frozen=True, kw_only=True):
    """What was found in one instance's image.

    Numbers are counts, None where they could not be found out: `commits` in the whole object store, `refs`,
    `remotes`, `settings` of git that can name programs or places, `reflogs`, `hooks`, `unreachable` objects,
    `alternates`, `leftovers` in `.git`, `nested` repositories, files `changed` since the commit, files that are
    `unsafe` (not root's, writable or unreadable for others). `privileged` are files that give their user more rights;
    `elsewhere` names other repositories in the image. `problems` says in words what is not as it must be.
    """

    name: str
    reference: str
    present: bool
    commits: int | None = None
    refs: int | None = None
    remotes: int | None = None
    settings: int | None = None
    reflogs: int | None = None
    hooks: int | None = None
    unreachable: int | None = None
    alternates: int | None = None
    leftovers: int | None = None
    nested: int | None = None
    changed: int | None = None
    unsafe: int | None = None
    privileged: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the image is here and all is as it must be."""
        return self.present and not self.problems


class DiskOptions(Struct, frozen=True, kw_only=True):
    """What a build is expected to need of the engine's disk, and how much must be left over afterwards."""

    instance_bytes: int = 400 << 20
    environment_bytes: int = 1 << 30
    pinned_bytes: int = 3 << 30
    reserve_bytes: int = 2 << 30

    def __post_init__(self) -> None:
        if min(self.instance_bytes, self.environment_bytes, self.pinned_bytes, self.reserve_bytes) < 0:
            raise UsageError("room on a disk cannot be less than nothing")

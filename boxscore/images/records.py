"""Records that describe instance images."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class InstanceImageInfo(Struct, frozen=True, kw_only=True):
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


class InstanceImageCheck(Struct, frozen=True, kw_only=True):
    """What was found in one instance's image.

    Numbers are counts, None where they could not be found out: `commits` in the whole object store, `parents` of the
    commit, `refs`, `heads` that are not main, `remotes`, `settings` of git that can name programs or places, `reflogs`,
    `hooks`, `unreachable` objects, `alternates`, `leftovers` in `.git`, `nested` repositories, entries `staged` that
    are not the commit's or are marked, files `changed` since the commit, files that are `unsafe` (not root's, writable
    or unreadable for others). `privileged` are files that give their user more rights; `elsewhere` names other
    repositories, packs and bundles in the image. `problems` says in words what is not as it must be.
    """

    name: str
    reference: str
    present: bool
    commits: int | None = None
    parents: int | None = None
    refs: int | None = None
    heads: int | None = None
    remotes: int | None = None
    settings: int | None = None
    reflogs: int | None = None
    hooks: int | None = None
    unreachable: int | None = None
    alternates: int | None = None
    leftovers: int | None = None
    nested: int | None = None
    staged: int | None = None
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
            raise UsageError("disk space cannot be negative")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> DiskOptions:
        """Take BOXSCORE_MIN_FREE_GB. Raises UsageError if it is no number."""
        given = environ.get("BOXSCORE_MIN_FREE_GB")
        if not given:
            return cls()
        try:
            return cls(reserve_bytes=int(float(given) * 1e9))
        except (ValueError, OverflowError) as error:
            raise UsageError(f"BOXSCORE_MIN_FREE_GB={given!r} is no number of gigabytes") from error


class InstanceImage(Struct, frozen=True, kw_only=True):
    """The image of one instance: a repository at one commit, with all that its tests need.

    Three layers, each named by a hash of its content: `base` (a folder of `images/`), `environment` (Dockerfile
    instructions, shared by instances with equal text) and `instance` (Dockerfile instructions that put the repository
    at `tree`). With `pinned` (`registry/name@sha256:…`) both of the first are that image instead, which has the
    repository at `tree` already. A last step of our own makes the repository one root commit without remotes or
    history, moves it to `/boxscore/tree` and leaves `tree` an empty folder: a box mounts it writable and gets a copy.
    `links` are folders of the repository, such as `node_modules`, that a copy gets as links to the read-only original.
    `files` go into the build context of the instance layer, and with `repository` (owner/name and commit) so does
    `repository.tar`: that commit's tree where BOXSCORE_REPOS has the repository (with the
    last tag's name in `.boxscore-tag`), else an empty file, and the instructions clone. A commit names its content, so
    the tar is in no hash.
    """

    name: str
    tree: str = "/testbed"
    base: str = "patch-python"
    pinned: str | None = None
    environment: str = ""
    instance: str = ""
    links: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    repository: tuple[str, str] | None = None

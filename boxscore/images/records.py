"""Records that describe instance images."""

from __future__ import annotations

from msgspec import Struct


class InstanceImageInfo(Struct, frozen=True, kw_only=True):
    """One instance's image as it is here: `error` says why it could not be had."""

    name: str
    reference: str
    present: bool
    error: str | None = None


class InstanceImageCheck(Struct, frozen=True, kw_only=True):
    """What was found in one instance's image.

    `problems` says in words what is not as it must be. `privileged` are files that give their user more rights;
    `elsewhere` names other repositories, packs and bundles in the image.
    """

    name: str
    reference: str
    present: bool
    privileged: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the image is here and all is as it must be."""
        return self.present and not self.problems


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

"""Images for boxes: `boxscore images build|check|clean`, and which image this version wants.

`reference` needs no engine. Everything else raises SandboxUnavailable, with what to do, when none answers.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.images.engine import engine, is_present, list_images, open_engine
from boxscore.images.pull import pull_pinned
from boxscore.images.recipes import KIND, LABEL, Recipe, recipe, recipes, reference
from boxscore.images.usage import held_references

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from docker import DockerClient

    from boxscore.images.build import BuildOptions

__all__ = ["ImageInfo", "build", "check", "clean", "pull_pinned", "reference"]


class ImageInfo(Struct, frozen=True, kw_only=True):
    """One image as it is here.

    `digest` is its content's (the engine's image id), `base` what it was built on, `created` an ISO time. All but
    `name`, `reference` and `present` are None for an image that is missing. `privileged` lists files that give their
    user more rights (there should be none); None where nobody looked.
    """

    name: str
    reference: str
    present: bool
    digest: str | None = None
    size_bytes: int | None = None
    created: str | None = None
    base: str | None = None
    privileged: tuple[str, ...] | None = None


def build(
    names: Sequence[str] = (),
    *,
    options: BuildOptions | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[ImageInfo, ...]:
    """Build the images that are missing (all of them with `options.force`) and describe them all.

    `names` default to every recipe that is not built on demand; `say` is told what is going on, a line at a time.
    """
    from boxscore.images import build as images_build  # noqa: PLC0415 - brings the SDK, which is slow to import

    options = options or images_build.BuildOptions.from_environment()
    wanted = _recipes(names) if names else tuple(one for one in recipes() if not one.on_demand)
    with engine("building images") as client:
        for one in wanted:
            if one.interpreter is not None and (options.force or not is_present(client, one.reference)):
                _have_interpreter(one.interpreter, options, say)
            images_build.ensure_image(client, one, options, say)
        return tuple(_describe(client, one) for one in wanted)


def check(names: Sequence[str] = ()) -> tuple[ImageInfo, ...]:
    """Describe the image of each recipe, present or missing, and look through its files.

    Without `names`, recipes that are built on demand are passed over where they are missing.
    """
    with engine("looking into images") as client:
        found = [(one, _describe(client, one, look_inside=True)) for one in _recipes(names)]
    return tuple(info for one, info in found if info.present or names or not one.on_demand)


def clean(
    *,
    everything: bool = False,
    say: Callable[[str], None] = lambda _: None,
    connect: Callable[[], DockerClient] | None = None,
) -> tuple[str, ...]:
    """Remove our images that no recipe of this version wants, or all of ours; return what was removed.

    Only images that carry our label count as ours. One that a container or a run uses stays, and `say` is told; so do
    images of instances and what they are built on, unless all are to go: `evict` in `disk` removes them.
    `connect` finds the engine, the usual one unless given.
    """
    import docker.errors  # noqa: PLC0415 - brings the SDK

    wanted = {name for one in recipes() for name in (one.reference, one.base_reference)}
    removed, held = [], held_references()
    with closing((connect or open_engine)()) as client:
        for image in list_images(client, f"{LABEL}=1"):
            for target in image.references or (image.image_id,):
                if not everything and (target in wanted or (image.references and KIND in image.labels)):
                    continue
                if target in held:
                    say(f"{target} stays: a run uses it")
                    continue
                try:
                    client.images.remove(target, noprune=False)
                    removed.append(target)
                except docker.errors.ImageNotFound:
                    pass  # went away together with one removed before
                except docker.errors.APIError as error:
                    say(f"{target} stays: {error.explanation}")
    return tuple(removed)


def _recipes(names: Sequence[str]) -> tuple[Recipe, ...]:
    return tuple(recipe(name) for name in names) if names else recipes()


def _have_interpreter(version: str, options: BuildOptions, say: Callable[[str], None]) -> None:
    """Have the image that a recipe copies its Python from."""
    from boxscore.images import instance_build  # noqa: PLC0415 - brings the SDK

    once = replace(options, force=False)  # it is the base of instances too, and what is asked for is not it
    instance_build.ensure_recipe("patch-python", once, say)
    instance_build.ensure_interpreter(f"patch-python-{version}", once, say)


def _describe(client: DockerClient, one: Recipe, *, look_inside: bool = False) -> ImageInfo:
    import docker.errors  # noqa: PLC0415 - brings the SDK

    from boxscore.images.inspect import privileged_files  # noqa: PLC0415 - brings the SDK

    try:
        image = client.images.get(one.reference)
    except docker.errors.ImageNotFound:
        return ImageInfo(name=one.name, reference=one.reference, present=False)
    created = str(image.attrs["Created"])
    return ImageInfo(
        name=one.name,
        reference=one.reference,
        present=True,
        digest=str(image.id),
        size_bytes=int(image.attrs["Size"]),
        created=created,
        base=image.labels.get(f"{LABEL}.base"),
        privileged=privileged_files(client, one.reference) if look_inside else None,
    )

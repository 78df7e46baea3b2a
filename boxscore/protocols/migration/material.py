"""What a project is made of, as data: its effective model, what Maven resolved, its sources and tests."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.folders import fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.protocols.migration.model import EffectiveModel, Project
    from boxscore.protocols.migration.resolved import Artefact

GENERATED = "generated-sources"
TEST_FOLDER, BUILD_FOLDER = "src/test", "target"


class Material(Struct, frozen=True, kw_only=True):
    """A project that can be compiled and tested.

    `artefacts` are what each module, by its folder, is built and run with; `in_image` has the SHA-256 of those that the
    image has, by path. `sources` are all files `*.java` of the tree, `tests` the sources of tests that count, by their
    paths in the tree, and `resources` those of their resources. `tree` is where the tree is in a box, as poms name it.
    `before` is the model of the project as it was, in whose encodings its tests are written; None for that project.
    """

    release: int
    model: EffectiveModel
    artefacts: Mapping[str, tuple[Artefact, ...]] = {}
    in_image: Mapping[str, str] = {}
    sources: Mapping[str, bytes] = {}
    tests: Mapping[str, bytes] = {}
    resources: Mapping[str, bytes] = {}
    tree: str = ""
    before: EffectiveModel | None = None

    def compiled_modules(self) -> tuple[Project, ...]:
        """The modules that have code, in the order of the build."""
        return tuple(project for project in self.model.projects if project.packaging != "pom")

    def needed_anyhow(self) -> Iterator[Artefact]:
        """What comes from outside though the project makes something of the same name, in another version."""
        made = {(project.name, project.version) for project in self.model.projects}
        every = (one for artefacts in self.artefacts.values() for one in artefacts)
        return (one for one in every if (one.name, one.version) not in made)

    def needed(self) -> tuple[Artefact, ...]:
        """All jars from outside that anything is compiled or run with, each once."""
        own = {project.name for project in self.model.projects}
        every = (one for artefacts in self.artefacts.values() for one in artefacts)
        return tuple({one.path: one for one in every if one.is_jar and one.name not in own}.values())


def below(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """The files below a folder, by their paths from there."""
    prefix = f"{folder.strip('/')}/"
    return {path.removeprefix(prefix): data for path, data in files.items() if path.startswith(prefix)}


def within(module: str, path: str) -> str:
    """A path of a module, seen from the tree."""
    return f"{module}/{path}" if module else path


def sources_folder(project: Project) -> str:
    """Where a module's sources are."""
    return project.source_directory or within(project.folder, "src/main/java")


def tests_folder(project: Project) -> str:
    """Where the sources of a module's tests are."""
    return project.test_source_directory or within(project.folder, "src/test/java")


def all_of_tests(project: Project) -> str:
    """Where all that belongs to a module's tests is: of Maven's usual layout, also what they read beside resources."""
    folder = tests_folder(project)
    return folder.removesuffix("/java") if f"/{folder}".endswith(f"/{TEST_FOLDER}/java") else folder


def build_folder(project: Project) -> str:
    """Where a module is built."""
    return project.build_directory or within(project.folder, BUILD_FOLDER)


def classes_folder(project: Project) -> str:
    """Where a build puts a module's classes and resources."""
    return project.output_directory or f"{build_folder(project)}/classes"


def test_classes_folder(project: Project) -> str:
    """Where a build puts the classes and resources of a module's tests."""
    return project.test_output_directory or f"{build_folder(project)}/test-classes"


def test_resources(project: Project) -> tuple[str, ...]:
    """The folders of the resources of a module's tests."""
    return project.test_resources or (within(project.folder, "src/test/resources"),)


def classes_only(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those files that are classes of packages and types: descriptors of modules and packages are left out."""
    left_out = {"module-info.class", "package-info.class"}
    return {
        path: data
        for path, data in files.items()
        if path.endswith(".class") and path.rpartition("/")[2] not in left_out
    }


def without_classes(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those files that are none."""
    return {path: data for path, data in files.items() if not path.endswith(".class")}


def own_from_elsewhere(before: Material, now: Material) -> Iterator[str]:
    """Say what a project takes from a repository that it made itself before: a later release would pass its tests."""
    own = {project.name for project in before.model.projects}
    made = {(project.name, project.version) for project in now.model.projects}
    brought = {(one.name, one.version) for one in before.needed_anyhow()}
    for module, artefacts in now.artefacts.items():
        for one in artefacts:
            if one.name in own and (one.name, one.version) not in made | brought:
                where = module or "the root module"
                yield f"{where} takes {one.name} {one.version} from a repository, which the project made itself"


def placeable(files: Mapping[str, bytes], own: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those files of a build that can be put into a box beside some of ours, whatever the build named them.

    Left out are names that may not cross the border of a box, and files that are folders of others, or within ours.
    """
    named = {path: data for path, data in files.items() if fault(path) is None}
    folders = {str(one) for path in (*named, *own) for one in PurePosixPath(path).parents}
    return {
        path: data
        for path, data in named.items()
        if path not in folders and not any(str(one) in own for one in PurePosixPath(path).parents)
    }

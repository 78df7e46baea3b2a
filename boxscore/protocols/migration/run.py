"""The steps of grading a migration, in boxes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import HarnessError, ProtocolError, ReferenceFailed
from boxscore.maven.command import IMAGE_REPOSITORY
from boxscore.protocols.jvm.protection import judge
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.losses import at_reference
from boxscore.protocols.migration.admitted import JVM_CONFIG, config_faults, file_faults, package_of, taken_package
from boxscore.protocols.migration.base import Base, Bases
from boxscore.protocols.migration.build import GOALS, built_of, test_output_of
from boxscore.protocols.migration.class_difference import Level, compare_classes
from boxscore.protocols.migration.class_file import read_class
from boxscore.protocols.migration.compile import compile_modules
from boxscore.protocols.migration.dependencies import dependency_faults
from boxscore.protocols.migration.files import read_tree
from boxscore.protocols.migration.judge import StagedBoxes, judge_modules
from boxscore.protocols.migration.learn import Learned, LearnedTests
from boxscore.protocols.migration.material import (
    Material,
    below,
    classes_folder,
    classes_only,
    own_from_elsewhere,
    sources_folder,
)
from boxscore.protocols.migration.official import MAJORS, OfficialFacts, official_verdict
from boxscore.protocols.migration.pom_faults import Surroundings, pom_faults
from boxscore.protocols.migration.processors import all_processors
from boxscore.protocols.migration.raw_poms import raw_faults
from boxscore.protocols.migration.shadow import known_classes, shadows
from boxscore.protocols.migration.sources import read_again, renamed_tests, root_tests, weakened_tests
from boxscore.protocols.migration.steps import Built, Compiled, Expected, Faults, Official, Seen, Study, Tested
from boxscore.protocols.migration.study import (
    hashes_in_image,
    model_tree,
    place_of,
    read_model,
    read_sources,
    staged,
)
from boxscore.protocols.migration.tests import Testable
from boxscore.protocols.migration.workplace import Jars, bring
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.tree import put_patch
from boxscore.protocols.retry import at_code
from boxscore.records import Outcome, fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.jvm.layer import Files, Run
    from boxscore.protocols.migration.judge import JudgeSuite
    from boxscore.protocols.migration.maven_box import MavenBox
    from boxscore.protocols.migration.reading import SourceReading
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.tree import Put
    from boxscore.protocols.retry import During


class Looked(Struct, frozen=True, kw_only=True):
    """What later steps need of a study: `material` is None where Maven could make nothing of the poms."""

    base: Base
    sources: Mapping[str, bytes]
    readings: Mapping[str, SourceReading]
    poms: Mapping[str, bytes]
    options: tuple[str, ...] = ()
    material: Material | None = None
    jars: Jars = Jars()
    levels: Mapping[str, Level] = {}


class BoxSteps:
    """See `Steps`."""

    def __init__(self, boxes: Boxes, cache: Path, maven: MavenBox, judge_suite: JudgeSuite = judge) -> None:
        self._boxes, self._maven, self._judge_suite = boxes, maven, judge_suite
        self._last: tuple[str, Testable] | None = None
        self._bases = Bases(cache, boxes, maven)
        self._learned = LearnedTests(cache / "migrations", boxes, maven)

    def expected(self, task: MigrationTask) -> Expected:
        """See `Steps.expected`, and so with the others."""
        base = self._bases.of(task)
        learned = Learned()
        if task.tests is None:
            learned = self._learned.of(task, base, self._bases.key(task))
        return Expected(
            modules=base.model.folders if task.modules is None else task.modules,
            tests=learned.tests if task.tests is None else task.tests,
            count=task.num_test_cases if task.num_test_cases >= 0 else None,
            levels=learned.levels,
        )

    def study(self, task: MigrationTask, patch: str | None, expected: Expected) -> Study | Refused:
        """Apply, and look."""
        base = self._bases.of(task)
        with self._boxes.open(task) as box:
            put = put_patch(box, task, place_of(task), patch)
            if isinstance(put, Refused):
                return put
            return self._studied(box, task, base, put, expected)

    def _studied(self, box: Box, task: MigrationTask, base: Base, put: Put, expected: Expected) -> Study:
        found = read_sources(box, task.image.tree, task)
        changed = read_tree(box, task.image.tree, task.limits, folders=put.applied.changed or ("\0",))
        poms = {name: data for name, data in found.files.items() if name.endswith("pom.xml")}
        sources = {name: data for name, data in found.files.items() if name.endswith(".java")}
        options, odd = config_faults(found.files.get(JVM_CONFIG, b""), base.config)
        faults: list[tuple[str, str]] = [("files", found.problem or changed.problem)]
        packages = frozenset(package_of(data) for data in base.material.sources.values())
        faults += [("files", one) for one in file_faults(put.changes, changed.files, packages)]
        faults.append(("poms", odd))
        faults += [("poms", one) for one in raw_faults(base.poms, poms)]
        looked = Looked(
            base=base,
            sources=sources,
            readings=read_again(base, sources),
            poms=poms,
            options=options,
            levels=expected.levels,
        )
        study = Study(applied=put.applied, faults=_real(faults), model=looked)
        if study.faults:  # whose poms no Maven is to read
            return study
        return self._modelled(box, task, study, looked, frozenset(found.names), expected)

    def _modelled(  # noqa: PLR0913, PLR0917 - what was seen so far
        self, box: Box, task: MigrationTask, study: Study, looked: Looked, names: frozenset[str], expected: Expected
    ) -> Study:
        base = looked.base
        modelled = model_tree(box, task, self._maven, java=task.release, options=looked.options)
        if modelled.problem:
            return replace(study, faults=(("poms", modelled.problem),), limit=modelled.limit)
        try:
            model, artefacts = read_model(modelled, task.image.tree)
        except ProtocolError as error:
            return replace(study, faults=(("poms", f"what Maven made of its poms cannot be read: {error}"),))
        material = Material(
            release=task.release, model=model, artefacts=artefacts, sources=looked.sources, tree=task.image.tree
        )
        needed = (*material.needed(), *all_processors(model))
        in_image = hashes_in_image(box, (one.path for one in needed), task)
        jars, missing = bring(needed, in_image, self._maven.fetch)
        material = replace(
            material,
            tests=renamed_tests(base, looked.readings),
            resources=base.material.resources,
            before=base.model,
        )
        around = Surroundings(
            release=task.release,
            tree_paths=names,
            base_paths=base.names,
            changed_paths=frozenset(study.applied.changed),
            repositories=(IMAGE_REPOSITORY,),
        )
        faults = [("poms", f"it needs what no repository has: {', '.join(missing[:3])}" if missing else "")]
        faults += pom_faults(base.model, model, around)
        faults += [("modules", one) for one in own_from_elsewhere(base.material, material)]
        faults += [
            ("modules", f"the module is gone: {one or 'the root'}")
            for one in expected.modules
            if one not in model.folders
        ]
        faults += [("dependencies", one) for one in _old_dependencies(task, base, material)]
        faults += [("inventory", one) for one in weakened_tests(base, looked.readings, expected)]
        looked = replace(looked, material=material, jars=jars)
        return replace(study, faults=_real(faults), modules=model.folders, model=looked)

    def build(self, task: MigrationTask, patch: str | None, study: Study) -> Built:
        """Build as the benchmark does."""
        return self._build(task, patch, study, at_code)

    def _build(self, task: MigrationTask, patch: str | None, study: Study, during: During) -> Built:
        """Build a tree whose code runs `during`."""
        looked = _looked(study)
        with self._boxes.open(task, during=during) as box:
            staged(box, task, patch, place_of(task))
            ran = self._maven.run(box, GOALS, task=task, java=task.release, options=looked.options, during=during)
            return built_of(box, task, ran)

    def official(self, task: MigrationTask, study: Study, built: Built, expected: Expected) -> Official:
        """Judge as the benchmark does."""
        looked = _looked(study)
        if built.truncated or built.unread:
            return Official()  # of which only a part was seen
        if looked.material is None and task.level == "maximal" and built.exit_code == 0:
            return Official()  # nobody has asked Maven for its dependencies
        facts = OfficialFacts(
            build_exit=built.exit_code,
            classes={path: _major(data) for path, data in built.files.items() if path.endswith(".class")},
            poms=looked.poms,
            dependency_tree=_shown_tree(looked.material),
            test_output=test_output_of(built.log),
            base_tests=root_tests(looked.base.readings),
            tests=root_tests(looked.readings),
            num_test_cases=-1 if expected.count is None else expected.count,
        )
        verdict = official_verdict(facts, maximal=task.level == "maximal", release=task.release, table=task.versions)
        if facts.dependency_tree is None and verdict.steps.get("dependency_versions"):
            return Official(steps={**verdict.steps, "dependency_versions": "not worked out: no Maven was asked"})
        return Official(steps=verdict.steps, passed=verdict.passed)

    def compile(self, task: MigrationTask, patch: str | None, study: Study, built: Built) -> Compiled:  # noqa: ARG002
        """Compile main sources. No code of the candidate runs: its tree is not even there."""
        looked = _looked(study)
        material = _material(looked)
        generated = {path: data for path, data in built.files.items() if path.endswith(".java")}
        with self._boxes.open(task) as box:
            compiled = compile_modules(box, material, generated, looked.jars, task.limits)
            if compiled.why:
                return compiled
            base = looked.base.material
            known = known_classes(base.sources, [sources_folder(project) for project in base.model.projects])
            found = shadows(
                box,
                material,
                compiled.classes,
                looked.jars,
                known=known,
                before=_tested_with(base),
                limits=task.limits,
            )
            return replace(compiled, shadows=found)

    def compared(self, study: Study, built: Built, compiled: Compiled) -> Faults:
        """Compare classes."""
        looked = _looked(study)
        material = _material(looked)
        known = frozenset(package_of(data) for data in looked.base.material.sources.values())
        found = []
        for project in material.compiled_modules():
            own = classes_only(compiled.classes.get(project.folder, {}))
            theirs = classes_only(below(built.files, classes_folder(project)))
            level = looked.levels.get(project.folder, "code")
            reason = compare_classes(theirs, own, level=level, major=MAJORS[material.release])
            found.append(("classes", f"{project.folder or 'the root'}: {reason}" if reason else ""))
            taken = (taken_package(path.rpartition("/")[0].replace("/", "."), known) for path in own)
            found += [
                ("classes", f"it has classes of the package {one}, which would be taken for others")
                for one in taken
                if one
            ]
        found += [("classes", one) for one in compiled.shadows]
        return _real(found)

    def test(self, task: MigrationTask, patch: str | None, seen: Seen, expected: Expected) -> Tested:
        """Run the tests."""
        looked = _looked(seen.study)
        if seen.compiled is None:
            raise HarnessError("tests are run on what was compiled")
        under = self._testable(task, seen.study, seen.built, seen.compiled)
        if patch == task.reference:  # of which no other need be made
            self._last = fingerprint(task), under
        place = StagedBoxes.of(self._boxes, task, patch, looked.base.material, during=at_code)
        return judge_modules(place, under, expected.tests, partial(self._reference_run, task), self._judge_suite)

    def _reference_run(self, task: MigrationTask, module: str) -> Run | None:
        """How a module's tests are run with the reference, which is built when it is asked for; None for none."""
        if task.reference is None:
            return None

        def run(files: Files, required: Sequence[str]) -> TestRun:
            try:
                under, base = self._reference(task)
            except ReferenceFailed as error:  # which tells nothing
                return TestRun(outcome=Outcome.BUILD_FAILED, reason=str(error))
            place = StagedBoxes.of(self._boxes, task, task.reference, base.material, during=at_reference)
            return place.run_of(under, module)(files, required)

        return run

    def _reference(self, task: MigrationTask) -> tuple[Testable, Base]:
        """The reference, compiled by the grader; that of the last task is kept. Raises HarnessError, BoxError."""
        key = fingerprint(task)
        if self._last is None or self._last[0] != key:
            with at_reference():
                self._last = key, self._compiled_reference(task)
        return self._last[1], self._bases.of(task)

    def _compiled_reference(self, task: MigrationTask) -> Testable:
        expected = self.expected(task)
        study = self.study(task, task.reference, expected)
        if isinstance(study, Refused) or study.faults:
            raise ReferenceFailed(f"the reference of {task.image.name} is refused: {study}"[:500])
        built = self._build(task, task.reference, study, at_reference)
        compiled = self.compile(task, task.reference, study, built)
        if compiled.why:
            raise ReferenceFailed(f"the reference of {task.image.name} does not compile: {compiled.why}")
        return self._testable(task, study, built, compiled)

    def _testable(self, task: MigrationTask, study: Study, built: Built, compiled: Compiled) -> Testable:
        looked = _looked(study)
        return Testable(
            material=_material(looked),
            jars=looked.jars,
            classes=compiled.classes,
            built=built.files,
            tree=task.image.tree,
        )


def _looked(study: Study) -> Looked:
    if not isinstance(study.model, Looked):
        raise HarnessError("a study of another grader")
    return study.model


def _material(looked: Looked) -> Material:
    if looked.material is None:
        raise HarnessError("there is no model of the project")
    return looked.material


def _real(faults: Sequence[tuple[str, str]]) -> Faults:
    return tuple((check, reason) for check, reason in faults if reason)


def _tested_with(base: Material) -> tuple[str, ...]:
    """Where the jars are that only tests of the project as it was were run with: assertions, matchers, mocks."""
    every = (one for artefacts in base.artefacts.values() for one in artefacts if one.scope == "test" and one.is_jar)
    return tuple(dict.fromkeys(f"{IMAGE_REPOSITORY}/{one.path}" for one in every if one.path in base.in_image))


def _old_dependencies(task: MigrationTask, base: Base, material: Material) -> tuple[str, ...]:
    if task.level != "maximal":
        return ()
    return dependency_faults(base.model, material.model, material.artefacts, task.versions)


def _shown_tree(material: Material | None) -> str | None:
    """The direct dependencies as `mvn dependency:tree` prints them."""
    if material is None:
        return None
    lines = []
    for artefacts in material.artefacts.values():
        for one in artefacts:
            if one.direct:
                words = (one.group, one.artifact, one.type, one.classifier, one.version, one.scope)
                lines.append(f"[INFO] +- {':'.join(word for word in words if word)}")
    return "\n".join(lines) + "\n"


def _major(data: bytes) -> int | None:
    try:
        return read_class(data).major
    except ProtocolError:
        return None

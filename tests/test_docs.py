"""The docs name everything that users can meet, and nothing in them is out of date that can be looked up."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer.main
from rich.console import Console

import boxscore
from boxscore.boxes.docker.container import Engine
from boxscore.boxes.registry import NAMES
from boxscore.cli.app import make_app
from boxscore.cli.demo import demo_command
from boxscore.data.harness_check import check_harness
from boxscore.data.plugins import list_harnesses, load_harness
from boxscore.harness import FunctionTask, Harness
from boxscore.provenance import Provenance
from boxscore.records import LimitName, Outcome, Result, Trust
from boxscore.report.build import RunInfo, RunInstance, build_report
from boxscore.report.render import render_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
CLI_PAGE = (DOCS / "cli.md").read_text("utf-8")
SECURITY_PAGE = (DOCS / "security.md").read_text("utf-8")
HARNESS_PAGE = (DOCS / "harnesses.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
MAP = (DOCS / "README.md").read_text("utf-8")
DEMO_PAGE = (DOCS / "benchmarks" / "tiny.md").read_text("utf-8")
CODE = ("boxscore", "sandbox", "harnesses", "images", "scripts", "bench")
VARIABLE = re.compile(r"\bBOXSCORE_[A-Z][A-Z_]*\b")
# Words in the code of the boxes that name layers: string constants of these places.
LAYERED = {
    "sandbox/supervisor.py": ("layers", "layer"),
    "sandbox/identity.py": ("layers", "layer"),
    "boxscore/boxes/local/backend.py": ("layers", "held"),
    "boxscore/boxes/fake.py": ("layers",),
}


def commands() -> dict[str, object]:
    """Every command by its words, such as `images build`."""

    def below(command: object, words: str) -> Iterator[tuple[str, object]]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield words, command
        else:
            for name, one in inner.items():
                yield from below(one, f"{words} {name}".strip())

    return dict(below(typer.main.get_command(make_app()), ""))


def options() -> Iterator[tuple[str, list[str], object]]:
    """Each command's options: its words, their spellings and their environment variable."""
    for words, command in commands().items():
        for parameter in command.params:  # type: ignore[attr-defined]
            if parameter.param_type_name == "option" and parameter.name not in {"help", "help_all"}:
                yield words, [*parameter.opts, *parameter.secondary_opts], parameter.envvar


def section(words: str) -> str:
    """What docs/cli.md says of one command."""
    found = re.search(rf"^##+ boxscore {re.escape(words)}\b.*?(?=^##|\Z)", CLI_PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/cli.md has no section of `boxscore {words}`"
    return found[0]


def tracked() -> list[Path]:
    """Text files that belong to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def layer_words() -> set[str]:
    """Names of layers that code can put into results, as far as they are written out there."""
    words: set[str] = set()
    for name, places in LAYERED.items():
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                named = {getattr(target, "attr", getattr(target, "id", "")) for target in targets}
                value = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                named, value = {getattr(node.func.value, "attr", getattr(node.func.value, "id", ""))}, node
            else:
                continue
            if named & set(places) and value is not None:
                words |= {
                    one.value for one in ast.walk(value) if isinstance(one, ast.Constant) and type(one.value) is str
                }
    return {word for word in words if re.fullmatch(r"[a-z][a-z-]+", word)}


def all_layers() -> set[str]:
    """Names of layers in any box of any backend."""

    def engine(*, bites: bool, ignoring: list[str]) -> Engine:
        runtimes = {"runc": {}, "runsc": {"runtimeArgs": ignoring}}
        security = ["name=seccomp,profile=builtin"]
        told = {"MemoryLimit": bites, "PidsLimit": bites, "SecurityOptions": security, "Runtimes": runtimes}
        return Engine.from_info(told)

    engines = [
        engine(bites=bites, ignoring=ignoring) for bites in (True, False) for ignoring in ([], ["--ignore-cgroups"])
    ]
    docker = {
        name for engine in engines for runtime in (None, "runsc") for name in engine.layers(runtime, supervised=False)
    }
    counted = {f"{name}{end}" for name in ("cpu", "memory", "processes") for end in ("", "-rlimit")}
    return docker | counted | layer_words()


@pytest.mark.parametrize("words", list(commands()))
def test_every_command(words: str) -> None:
    """Every command has its section."""
    assert section(words)


@pytest.mark.parametrize(("words", "spellings"), [(words, spellings) for words, spellings, _ in options()])
def test_every_option(words: str, spellings: list[str]) -> None:
    """Every option is in its command's section, and described there or among those of several, in all spellings."""
    rows = (line for line in CLI_PAGE.splitlines() if line.startswith("| `-"))
    described = [cell for cell in (line.split("|")[1] for line in rows) if f"`{spellings[0]}`" in cell]

    assert f"`{spellings[0]}`" in section(words)
    assert any(all(f"`{one}`" in cell for one in spellings) for cell in described)


def test_no_option_that_is_gone() -> None:
    """Every option of a section is one of its command."""
    known: dict[str, set[str]] = {}
    for words, spellings, _ in options():
        known.setdefault(words, set()).update(spellings)

    for words in commands():
        cells = [line.split("|")[1] for line in section(words).splitlines() if line.startswith("| `-")]
        for spelling in re.findall(r"(?<=`)--?[a-z][a-z-]*", " ".join(cells)):
            assert spelling in known[words], (words, spelling)


def of_options() -> set[str]:
    return {variable for _, _, variable in options() if isinstance(variable, str)}


def unusual_of_options() -> set[str]:
    """Variables that are not made of their options' names, as docs/cli.md says the others are."""
    usual = {f"BOXSCORE_{one.strip('-').replace('-', '_').upper()}" for _, each, _ in options() for one in each}
    return of_options() - usual


def test_every_variable() -> None:
    """Each that the code has is in docs/cli.md, but for those that are made of an option's name; and no other."""
    texts = [
        path.read_text("utf-8", errors="replace")
        for folder in CODE
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]
    texts.append((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    in_code = {name for text in texts for name in VARIABLE.findall(text)} - {"BOXSCORE_SECRET"}
    in_code.add("BOXSCORE_DEBUG")
    named = set(VARIABLE.findall(CLI_PAGE))

    assert named - of_options() == in_code - of_options()
    assert unusual_of_options() <= named


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_unknown_variable(page: Path) -> None:
    """A page names only variables that docs/cli.md or the Makefile has."""
    known = (
        of_options() | set(VARIABLE.findall(CLI_PAGE)) | set(VARIABLE.findall((ROOT / "Makefile").read_text("utf-8")))
    )

    assert set(VARIABLE.findall(page.read_text("utf-8"))) <= known


def test_every_outcome_in_order() -> None:
    """docs/outcomes.md has a row for each outcome, in their order."""
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "outcomes.md").read_text("utf-8"), re.MULTILINE)

    assert rows == [outcome.value for outcome in Outcome]


@pytest.mark.parametrize("limit", LimitName)
def test_every_limit(limit: LimitName) -> None:
    """Every limit's name is in docs/outcomes.md."""
    assert f"`{limit.value}`" in (DOCS / "outcomes.md").read_text("utf-8")


@pytest.mark.parametrize("trust", Trust)
def test_every_trust(trust: Trust) -> None:
    """Every level of trust has a row in docs/security.md."""
    assert re.search(rf"^\| `{trust.value}` \|", SECURITY_PAGE, re.MULTILINE)


def test_every_layer() -> None:
    """The first column of the table of layers has every layer that a result can name, and no other."""
    table = SECURITY_PAGE.partition("| layer | what it stops |")[2].partition("\n\n")[0]
    named = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([^`]+)`", line.split("|")[1:2][0] if "|" in line else "")
    }

    assert named == all_layers()


@pytest.mark.parametrize("name", [one.name for one in list_harnesses()])
def test_every_benchmark(name: str) -> None:
    """One page has a benchmark's data, its file, and the file's checksum; README names it."""
    source = load_harness(name).source
    pages = [page.read_text("utf-8") for page in [*(DOCS / "benchmarks").glob("*.md"), DOCS / "own-benchmark.md"]]
    (page,) = [page for page in pages if re.search(rf"^\| `{name}[`@]", page, re.MULTILINE)]

    assert f"`{name}`" in README
    assert source.sha256 is None or source.sha256 in page
    if source.url or source.hub:
        assert f"`{source.path}`" in page or name == "evoeval"  # whose files have their set's name


def test_the_map_leads_to_every_page() -> None:
    """Whoever begins at README finds the map, and there each page by a link."""
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}

    assert "(docs/README.md)" in README
    assert pages == set(re.findall(r"\((?!\.\.)([\w/-]+\.md)[#)]", MAP))


DESCRIBED = (
    "Comparison",
    "DataSource",
    "FunctionTask",
    "Inputs",
    "MigrationTask",
    "ProgramTask",
    "ProjectTask",
    "SpecSettings",
    "UnittestTask",
    "WebTask",
)


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_field_of_a_task(name: str) -> None:
    """`help()` of what harnesses make explains each field that they may set."""
    record = getattr(boxscore, name)

    for field in set(record.__struct_fields__) - {"limits"}:
        assert f"`{field}`" in record.__doc__, field


def test_every_member_of_a_harness() -> None:
    """docs/harnesses.md explains each attribute and method of a harness."""
    members = [*Harness.__annotations__, *(name for name in vars(Harness) if not name.startswith("_"))]

    for name in members:
        assert re.search(rf"^\| `{name}[`(]", HARNESS_PAGE, re.MULTILINE), name


@pytest.mark.parametrize("name", NAMES)
def test_every_backend(name: str) -> None:
    """docs/backends.md has a section for each backend."""
    assert f"\n## {name}\n" in (DOCS / "backends.md").read_text("utf-8")


def test_every_dependency() -> None:
    """docs/dependencies.md has a row for each dependency, and for nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [*project["project"].get("optional-dependencies", {}).values(), *project["dependency-groups"].values()]
    wanted = [*project["project"]["dependencies"], *(one for group in groups for one in group)]
    names = {re.split(r"[^\w-]", one, maxsplit=1)[0] for one in wanted}
    page = (DOCS / "dependencies.md").read_text("utf-8")

    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == names


def test_the_reference_of_the_command_line_is_what_is_generated() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "write-cli-reference"), "--check"]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_resolve(page: Path) -> None:
    """Relative links lead to files, and their fragments to headings."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" in target:
            continue
        name, _, fragment = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert fragment in anchors, target


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_make_targets_exist(page: Path) -> None:
    """Commands of make that README and CONTRIBUTING name are in the Makefile."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    wanted = re.findall(r"(?:^    |`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)

    assert wanted
    assert set(wanted) <= set(targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_named_commands_exist(page: Path) -> None:
    """A command of boxscore that a page shows exists."""
    first = {words.split()[0] for words in commands()}

    for word in re.findall(r"(?:^ {4}|`)boxscore ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE):
        assert word in first, word


def test_the_demos_page_shows_its_table() -> None:
    """It counts as many results as `make demo` has samples."""
    counts = re.findall(rf"^ +({'|'.join(Outcome)}) +(\d+) +[\d.]+ %$", DEMO_PAGE, re.MULTILINE)
    samples = (ROOT / "instances" / "tiny" / "samples.jsonl").read_text("utf-8").splitlines()

    assert sum(int(count) for _, count in counts) == len(samples)


def test_the_demos_page_shows_the_words_of_a_report() -> None:
    """What stands below its tables is what a report says, but for the numbers."""
    results = [
        Result(instance_id=f"i{n}", sample_id=s, outcome=outcome, trust=Trust.ORACLE, copied_from=donor)
        for n, outcome in enumerate([Outcome.PASSED, Outcome.WRONG] * 9)
        for s, donor in (("0", None), ("1", "0"))
    ]
    info = RunInfo(
        run_id="r",
        benchmark="tiny",
        trust=Trust.ORACLE,
        instances=tuple(RunInstance(instance_id=f"i{n}") for n in range(18)),
        provenance=Provenance(run_id="r", benchmark="tiny", title="", trust=Trust.ORACLE, instances=18, samples=36),
    )
    console = Console(file=io.StringIO(), width=200, color_system=None)
    console.print(render_terminal(build_report(info, results)))
    assert isinstance(console.file, io.StringIO)
    shown = re.sub(r"[\d.]+", "N", console.file.getvalue())

    bullets = re.findall(r"^    (• .*)$", DEMO_PAGE, re.MULTILINE)
    assert len(bullets) == 2
    for bullet in bullets:
        assert re.sub(r"[\d.]+", "N", bullet) in shown


def test_no_place_of_a_machine() -> None:
    """No file names a folder of the machine that it was written on, but home folders in examples of attacks."""
    place = re.compile(r"(?<![\w./-])/(?:work|home/\w+|Users/\w+|mnt/\w+)/[\w.]+")
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="replace")
        assert not place.search(text), (path, place.search(text))


def example() -> tuple[str, str]:
    """The harness of docs/harnesses.md and its rows."""
    return (
        re.findall(r"```python\n(.*?)```", HARNESS_PAGE, re.DOTALL)[0],
        re.findall(r"```json\n(.*?)```", HARNESS_PAGE, re.DOTALL)[0],
    )


@pytest.mark.parametrize(
    ("page", "name", "instance"), [("projects", "game", "game/board"), ("web", "counters", "counter")]
)
def test_examples_of_projects_keep_the_contract(tmp_path: Path, page: str, name: str, instance: str) -> None:
    """The harnesses of docs/projects.md and docs/web.md can be copied as they stand."""
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)\n```\n", text, re.DOTALL)
    (tmp_path / f"{name}.py").write_text(code, "utf-8")
    (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": instance}) + "\n", "utf-8")

    assert check_harness(tmp_path / f"{name}.py") == ()


def test_example_harness_loads(tmp_path: Path) -> None:
    """The example of docs/harnesses.md is a harness, and makes a task of each of its rows."""
    code, rows = example()
    (tmp_path / "shout.py").write_text(code)
    (tmp_path / "shout.jsonl").write_text(rows)

    harness = load_harness(tmp_path / "shout.py")
    instances = harness.load(tmp_path / "shout.jsonl")

    assert harness.name == "shout"
    assert len(instances) == len(rows.splitlines())
    for instance in instances:
        assert isinstance(harness.task(instance), FunctionTask)
        assert harness.prompt(instance)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_example_harness_grades(tmp_path: Path) -> None:
    """The example grades: references pass, and an answer that is wrong does not."""
    code, rows = example()
    (tmp_path / "shout.py").write_text(code)
    (tmp_path / "shout.jsonl").write_text(rows)
    names = [json.loads(row)["id"] for row in rows.splitlines()]
    samples = [
        boxscore.Sample(instance_id=f"shout/{name}", sample_id="0", text=f"def {name}(x): return x") for name in names
    ]

    gold = boxscore.grade(tmp_path / "shout.py", data=tmp_path / "shout.jsonl", backend="local", workers=1)
    wrong = boxscore.grade(tmp_path / "shout.py", samples, data=tmp_path / "shout.jsonl", backend="local", workers=1)

    assert gold.outcomes == {Outcome.PASSED: len(names)}
    assert wrong.outcomes == {Outcome.WRONG: len(names)}


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_readme_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The Python of README runs and prints what its comment says."""
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    said = [code.rpartition("# ")[2] for code in blocks]

    for code in blocks:
        local = code.replace('boxscore.grade("tiny", ', 'boxscore.grade("tiny", backend="local", samples=')
        exec(local.replace("SyncGrader()", 'SyncGrader(backend="local", workers=1)'), {})

    assert len(blocks) == 2
    assert capsys.readouterr().out == "".join(said)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_readme_shows_the_forgeries(capsys: pytest.CaptureFixture[str]) -> None:
    """The first table of README is what `boxscore demo` prints."""
    assert demo_command(backend="local", json=True) == 0

    rows = json.loads(capsys.readouterr().out)
    shown = [re.split(r"\s{2,}", line.strip()) for line in README.splitlines()]
    for one in rows:
        (line,) = (line for line in shown if line[0] == one["how"])
        assert line[1:] == [one["plain"].partition(":")[0], one["boxscore"]]


@pytest.mark.parametrize("page", ["README.md", "docs/patches.md", "docs/security.md"])
def test_patches_are_not_promised_to_be_proof(page: str) -> None:
    """Every page that speaks of verdicts on patches says that they can be forged."""
    text = " ".join((ROOT / page).read_text("utf-8").split())

    assert "ways-past-watched" in text
    assert "cannot be forged" not in text


def glossary() -> list[str]:
    """The terms of docs/glossary.md."""
    terms = (DOCS / "glossary.md").read_text("utf-8")
    return re.findall(r"^\| (?!term \||---)([^|]+?) \|", terms, re.MULTILINE)


def test_the_glossary_has_each_term_once() -> None:
    """README leads to it; terms are in order, and what users meet most is among them."""
    terms = glossary()

    assert "(docs/glossary.md)" in README
    assert terms == sorted(set(terms), key=str.lower)
    assert {"benchmark", "box", "harness", "instance", "outcome", "protocol", "sample", "trust"} <= set(terms)


def test_trust_in_the_glossary_is_what_there_is() -> None:
    """The levels that it names are those that a result can have."""
    (line,) = re.findall(r"^\| trust \|.*$", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", line)) == set(Trust)


@pytest.mark.parametrize("word", ["twin", "twins", "laid", "leavings", "lots", "mended", "mends", "parcel"])
def test_replaced_words_are_not_used(word: str) -> None:
    """Words for which the field has others are on no page."""
    for page in PAGES:
        if page.name != "CHANGELOG.md":
            text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
            assert not re.search(rf"\b{word}\b", text, re.IGNORECASE), (page.name, word)

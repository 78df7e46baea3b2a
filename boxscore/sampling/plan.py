"""What a run that asks a model will do: checked, and shown, before the first question is asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.registry import WEB, digest_of, open_agent
from boxscore.agents.seal import workspace_of
from boxscore.data.plugin_calls import make_task, visible_task
from boxscore.data.plugins import apply_strategy
from boxscore.data.prompts import chosen_variant, is_completion, render_prompt, template_digest
from boxscore.errors import UsageError
from boxscore.models.contract import Model, Price, price_of
from boxscore.models.registry import GOLD, check_model, open_model
from boxscore.protocols.registry import protocol_of
from boxscore.protocols.web.task import walk_of
from boxscore.records import SampleKind, fingerprint
from boxscore.report.numbers import counted
from boxscore.run.lines import read_lines
from boxscore.run.plan import asked_task
from boxscore.run.prepare import Benchmark, given_folder, load_benchmark, run_name
from boxscore.run.store import ATTEMPTS, read_record
from boxscore.sampling.journal import USUAL_CHARS_PER_TOKEN, Budget, prompt_chars, question_digest, read_journal
from boxscore.sampling.records import Attempt
from boxscore.sampling.request import SamplingRequest  # noqa: TC001 - msgspec resolves the annotation
from boxscore.sampling.sampler import SamplingJob, first_question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.agents.contract import Agent
    from boxscore.data.prompts import Prompt
    from boxscore.harness import Harness
    from boxscore.models.contract import Question
    from boxscore.protocols.contract import Task
    from boxscore.provenance import Spent
    from boxscore.records import Instance

ONE_SHOT = "sample"


class Prompts:
    """The prompts of one benchmark in one variant, each made when it is asked for.

    `digest` is of their template. `completes`: they are for base models, which go on with a text.
    """

    def __init__(self, harness: Harness, variant: str | None, template: Path | None) -> None:
        """Choose the template. Raises UsageError for an unknown variant or a template that cannot be read."""
        self._harness, self._template = harness, template
        self.digest = template_digest(harness, variant=variant, template=template)
        self.variant = chosen_variant(harness, variant, template)
        self.completes = is_completion(self.variant)

    def of(self, instance: Instance) -> Prompt:
        """Put an instance into its template. Raises UsageError, HarnessError."""
        return render_prompt(self._harness, instance, variant=self.variant, template=self._template)


class SamplingForecast(Struct, frozen=True, kw_only=True):
    """What to expect of a run, as far as that is known beforehand.

    `left` of `samples` are still to be made, each by one call at least; `one_shot`: by no more. `input_tokens` are of
    the first questions, guessed from their length. `most_usd` is what all calls cost if each answer is as long as it
    may be; None where an answer may have any length or the price is not known. `untested` instances show no tests to an
    agent that learns from tests.
    """

    samples: int
    left: int
    one_shot: bool
    input_tokens: int
    output_tokens: int | None = None
    input_usd: float | None = None
    most_usd: float | None = None
    untested: int = 0

    def lines(self) -> Iterator[str]:
        """The same for people, a sentence each."""
        calls = counted(self.left, "call") if self.one_shot else f"at least {counted(self.left, 'call')}"
        yield f"{calls} for {self.left:,} of {counted(self.samples, 'sample')}"
        asked = "in" if self.one_shot else "in first questions"
        tokens = f"about {self.input_tokens:,} tokens {asked} (estimated at {USUAL_CHARS_PER_TOKEN} characters each)"
        most = "of any length" if self.output_tokens is None else f"at most {self.output_tokens:,} tokens out"
        yield f"{tokens}, answers {most}" if self.output_tokens is None else f"{tokens}, {most}"
        if self.most_usd is not None:
            yield f"at most about ${self.most_usd:,.4f}{'' if self.one_shot else ' for the first call of each sample'}"
        elif self.input_usd is not None:
            yield f"about ${self.input_usd:,.4f} for {'the' if self.one_shot else 'first'} questions, answers on top"
        else:
            yield "price unknown"
        if self.untested:
            yield f"{self.untested:,} instances show no tests: their samples are single answers"


class SamplingPlan(Struct, frozen=True, kw_only=True):
    """A run that is ready to start.

    `setup` is a hash of all that makes an agent's end another one. `notices` say what was asked for and is not in it.
    """

    request: SamplingRequest
    benchmark: Benchmark
    model: Model
    prompts: Prompts
    job: SamplingJob
    folder: Path
    setup: str
    budget: Budget
    forecast: SamplingForecast
    notices: tuple[str, ...] = ()


def plan_sampling(request: SamplingRequest, model: Model | None = None, *, dry: bool = False) -> SamplingPlan:
    """Check what is asked for, and look at every prompt. Asks nothing, and opens no box.

    `model` is one that is open already, in place of the one that `request` names. `dry`: the model's key and
    server are not looked for. Raises UsageError, HarnessError, DataError.
    """
    request.check()
    benchmark = load_benchmark(request.grading)
    if not benchmark.asked:
        raise UsageError(f"{benchmark.harness.name} has no instances")
    grading, harness = request.grading, benchmark.harness
    apply = None if grading.apply is None else apply_strategy(harness, grading.apply)
    task = asked_task(harness, benchmark.asked[0], cpu_s=grading.cpu_s, apply=apply)
    agent = open_agent(request.agent, request.agent_options)
    untested = without_visible_tests(agent, benchmark.harness, benchmark.asked)
    notices = judged_by_what_decides(agent, harness)
    prompts = Prompts(harness, request.variant, request.template)
    model = model or opened_model(request, benchmark)
    at_once = asked_at_once(agent, task)
    if model.name != GOLD:
        notices = (*notices, *at_once)
    price = _price(request, model)
    empty_kind = SampleKind.COMPLETION if prompts.completes else SampleKind.ANSWER
    if protocol_of(task).grades_patches:
        empty_kind = SampleKind.PATCH
    job = SamplingJob(
        instances=benchmark.asked,
        samples_each=request.samples_each,
        agent=agent,
        model=model.name,
        prompt_of=prompts.of,
        sampling=request.sampling,
        empty_kind=empty_kind,
        limits=request.limits,
        agents=request.agent_count(in_boxes=agent.wants_box),
    )
    shared = _shared(request, benchmark, model, prompts, agent)
    folder = given_folder(request.grading) or _usual_folder(benchmark, model, shared)
    journal = read_journal(folder)
    _refuse_another_model(folder, model, journal.spent)
    setup = fingerprint(shared, request.limits)
    attempts = list(read_lines(folder / ATTEMPTS, Attempt))
    ended = {(one.instance_id, one.sample_id): one for one in attempts if one.setup == setup}
    if attempts and not ended:
        ways = "other options or prompts, or an agent or program that has changed since"
        made = f"the {len(attempts):,} samples that are here were made in another way ({ways}): they are made anew"
        notices = (*notices, made)
    left = tuple((one, number) for one, number in job.every() if (one.instance_id, str(number)) not in ended)
    counts = Counter(one.instance_id for one, _ in left)
    characters = sum(counts[one.instance_id] * prompt_chars(prompts.of(one)) for one in job.instances)
    tokens, most = characters / USUAL_CHARS_PER_TOKEN, request.sampling.max_tokens
    forecast = SamplingForecast(
        samples=len(job),
        left=len(left),
        one_shot=agent.name == ONE_SHOT,
        input_tokens=round(tokens),
        output_tokens=None if most is None else most * len(left),
        input_usd=None if price is None else price.of_tokens(tokens, 0),
        most_usd=None if price is None or most is None else price.of_tokens(tokens, most * len(left)),
        untested=len(untested),
    )

    def is_answered(question: Question) -> bool:
        return journal.find(question_digest(model, question)) is not None

    questions = (first_question(one, number, prompts.of(one), request.sampling) for one, number in left)
    if left and not dry and not (forecast.one_shot and all(map(is_answered, questions))):
        check_model(model)
    return SamplingPlan(
        request=request,
        benchmark=benchmark,
        model=model,
        prompts=prompts,
        job=job,
        folder=folder,
        setup=setup,
        budget=Budget(max_usd=request.max_cost_usd, price=price),
        forecast=forecast,
        notices=notices,
    )


def _price(request: SamplingRequest, model: Model) -> Price | None:
    """The price that was given, else the model's own. Raises UsageError where a limit needs one and there is none."""
    price = request.price or price_of(model)
    if request.max_cost_usd is not None and price is None:
        raise UsageError(
            f"the price of {model.name} is not known, so --max-cost cannot be enforced: give --price IN,OUT, "
            "in US dollars for a million tokens"
        )
    return price


def _shared(request: SamplingRequest, benchmark: Benchmark, model: Model, prompts: Prompts, agent: Agent) -> str:
    """Hash all that samples depend on but the limits of agents: runs that share it share a run directory."""
    return fingerprint(
        benchmark.harness.name,
        benchmark.data.sha256,
        model.name,
        model.base,
        request.sampling,
        prompts.digest,
        prompts.variant,
        agent.name,
        digest_of(request.agent, agent),
        sorted(request.agent_options.items()),
    )


def _usual_folder(benchmark: Benchmark, model: Model, shared: str) -> Path:
    """The run directory of a command that names none: the same one whenever the same is asked of the same model."""
    return Path("runs") / f"{run_name(benchmark.harness.name, model.name)}-{shared[:6]}"


def _refuse_another_model(folder: Path, model: Model, spent: Spent) -> None:
    """Refuse a run directory with what another model said: what it cost would be shown as this one's."""
    if not (folder / "run.json").is_file():
        return
    sampling = read_record(folder).provenance.sampling
    if sampling is not None and (sampling.model, sampling.base) != (model.name, model.base) and spent.calls:
        raise UsageError(
            f"{folder} holds answers of {sampling.model}, not of {model.name}: name another folder by --out"
        )


def opened_model(request: SamplingRequest, benchmark: Benchmark) -> Model:
    """Open the model that a run names, without asking anything yet. Raises UsageError, InputError."""
    known = {one.instance_id: one for one in benchmark.asked}
    return open_model(request.model, api_base=request.api_base, price=request.price, instances=known)


def without_visible_tests(agent: Agent, harness: Harness, instances: Sequence[Instance]) -> tuple[str, ...]:
    """The instances of which an agent that wants tests sees none, so that they get one shot each; else nothing.

    To be asked before a model is. Raises UsageError where that would be all of them, HarnessError.
    """
    if not getattr(agent, "wants_tests", False):
        return ()
    missing = tuple(one.instance_id for one in instances if visible_task(harness, one) is None)
    if instances and len(missing) == len(instances):
        workspace = workspace_of(make_task(harness, instances[0]))
        instead = "`--agent sample`" if workspace is None else "`--agent shell`, which works in the repository"
        raise UsageError(
            f"agent {agent.name!r} learns from visible tests, and none of the {len(instances)} instances of "
            f"{harness.name} shows any: use {instead}"
        )
    return missing


def asked_at_once(agent: Agent, task: Task) -> tuple[str, ...]:
    """Say so where a project that grows task by task is asked for in one answer; else nothing.

    Raises UsageError for an agent that can do nothing but such projects, where there is none.
    """
    wants_walk, is_walk = getattr(agent, "wants_walk", False), walk_of(task) is not None
    if wants_walk and not is_walk:
        raise UsageError(
            f"agent {agent.name!r} with preset={WEB} builds web projects: use it with a benchmark of those, "
            "such as tiny-web"
        )
    if wants_walk or not is_walk:
        return ()
    said = "a project of many tasks is asked for in one answer, which is another task than its benchmark's"
    return (f"{said}: `--agent repair --agent-option preset={WEB}` asks for one after the other",)


def judged_by_what_decides(agent: Agent, harness: Harness) -> tuple[str, ...]:
    """Say so where an agent repairs its drafts by the very tests that decide, as all of MBPP's do; else nothing."""
    if not getattr(agent, "wants_tests", False) or not getattr(harness, "visible_tests_decide", False):
        return ()
    seen = f"agent {agent.name!r} sees all tests that decide: {harness.name} shows them in its prompts"
    return (f"{seen}. This is not a score of writing code from words",)

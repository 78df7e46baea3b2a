"""A run's calls of its model: within the budget, until it is stopped, and from the journal if possible.

The journal has what was asked, what came back, and what it cost, so that nothing is asked twice. Answers stay in the
file; it knows where each is, by the digest of its question. For one thread.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from boxscore.errors import ModelError, ModelUnusable, StoreError, UsageError
from boxscore.models.contract import Price, ended_once, text_of, whole_text
from boxscore.provenance import Spent
from boxscore.records import fingerprint
from boxscore.run.lines import damage, damaged, encode_line, whole_lines
from boxscore.run.store import ANSWERS
from boxscore.sampling.records import Answered, Asked, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore.data.prompts import Prompt
    from boxscore.interrupt import StopSignal
    from boxscore.models.contract import Answer, Model, Question
    from boxscore.run.store import RunStore

USUAL_CHARS_PER_TOKEN = 4  # of English and code, roughly: for what is said beforehand, never for what was billed
MOST_TOKENS_PER_CHAR = 1  # for what a question may cost at most; few tokens are a single character
_USD = 1e-12  # sums of prices are equal that differ by less
_REASON_CHARS = 500
_DECODER: msgspec.json.Decoder[Asked | Answered | Unanswered] = msgspec.json.Decoder(Asked | Answered | Unanswered)


class Journal:
    """A run's `answers.jsonl`, open; made by `open_journal`."""

    def __init__(self, path: Path, append: Callable[[bytes], int]) -> None:
        """Read what is there. Raises InputError for a damaged line, StoreError."""
        self._path, self._append = path, append
        self._offsets: dict[str, int] = {}
        self._at_work: defaultdict[str, list[float | None]] = defaultdict(list)
        self._spent = Spent()
        self.dearest_usd = 0.0
        offset = 0
        for number, line in enumerate(whole_lines(path), 1):
            self._count(_decoded(path, number, line), offset)
            offset += len(line)

    @property
    def spent(self) -> Spent:
        """What all calls came to; those at work now count as lost."""
        lost = [most for some in self._at_work.values() for most in some]
        known = [most for most in lost if most is not None]
        return structs.replace(self._spent, lost=len(lost), lost_usd=sum(known) if len(known) == len(lost) else None)

    def find(self, digest: str) -> Answer | None:
        """The answer to a question, None where it has not been given yet. Raises StoreError."""
        offset = self._offsets.get(digest)
        if offset is None:
            return None
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                line = file.readline()
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read: {error.strerror or error}") from error
        found = _decoded(self._path, 0, line)
        return found.answer if isinstance(found, Answered) else None

    def asked(self, question: Question, digest: str, most_usd: float | None) -> None:
        """Store that a question is about to be asked. Raises StoreError."""
        self._write(Asked(**_of(question), digest=digest, most_usd=most_usd))

    def answered(self, question: Question, digest: str, answer: Answer) -> None:
        """Store an answer: afterwards, and no sooner, it may be used. Raises StoreError."""
        self._write(Answered(**_of(question), digest=digest, answer=answer))

    def unanswered(self, question: Question, digest: str, error: ModelError) -> None:
        """Store that there is no answer, and what that took. Raises StoreError."""
        line = Unanswered(
            **_of(question),
            digest=digest,
            reason=" ".join(str(error).split())[:_REASON_CHARS],
            calls=error.calls,
            input_tokens=error.input_tokens,
            output_tokens=error.output_tokens,
            cost_usd=error.cost_usd,
        )
        self._write(line)

    def _write(self, line: Asked | Answered | Unanswered) -> None:
        self._count(line, self._append(encode_line(line)))

    def _count(self, line: Asked | Answered | Unanswered, offset: int) -> None:
        if isinstance(line, Asked):
            self._at_work[line.digest].append(line.most_usd)
            return
        at_work = self._at_work[line.digest]
        if at_work:  # the last one: those before it belong to processes that have ended
            at_work.pop()
        if not at_work:
            del self._at_work[line.digest]
        spent = self._spent
        if isinstance(line, Answered):
            self._offsets[line.digest] = offset
            answer, usage = line.answer, line.answer.usage
            spent = structs.replace(
                spent,
                answers=spent.answers + 1,
                retries=spent.retries + max(0, answer.calls - 1),
                cached_tokens=spent.cached_tokens + usage.cached_tokens,
            )
            calls, cost_usd = answer.calls, answer.cost_usd
            tokens = usage.input_tokens, usage.output_tokens
        else:
            spent = structs.replace(spent, unanswered=spent.unanswered + 1, retries=spent.retries + line.calls)
            calls, cost_usd = line.calls, line.cost_usd
            tokens = line.input_tokens, line.output_tokens
        self.dearest_usd = max(self.dearest_usd, cost_usd or 0.0)
        self._spent = structs.replace(
            spent,
            calls=spent.calls + calls,
            input_tokens=spent.input_tokens + tokens[0],
            output_tokens=spent.output_tokens + tokens[1],
            cost_usd=None if spent.cost_usd is None or cost_usd is None else spent.cost_usd + cost_usd,
        )


@contextmanager
def open_journal(store: RunStore) -> Iterator[Journal]:
    """Open the journal of a run directory that is open for writing. Raises InputError, StoreError."""
    with store.further_log(ANSWERS) as append:
        yield Journal(store.path / ANSWERS, append)


def question_digest(model: Model, question: Question) -> str:
    """Hash a question with its model: questions of one hash have the same answer."""
    return fingerprint(model.name, model.base, structs.asdict(question))


def read_journal(folder: Path) -> Journal:
    """The journal of a run directory, of which nothing is to be written. Raises InputError, StoreError."""

    def refuse(_data: bytes) -> int:
        raise StoreError(f"{folder / ANSWERS} is open for reading")

    return Journal(folder / ANSWERS, refuse)


def _of(question: Question) -> dict[str, Any]:
    return {"instance_id": question.instance_id, "number": question.number, "turn": question.turn}


def _decoded(path: Path, number: int, line: bytes) -> Asked | Answered | Unanswered:
    why = damage(line)
    if why is not None:
        raise damaged(path, number, why)
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged(path, number, str(error)) from error


class NoMoreCalls(ModelError):  # noqa: N818 - what happened says it best
    """The run asks nothing more: it was interrupted, or has spent what it may. Its samples are left for the next."""


class Budget(Struct, frozen=True, kw_only=True):
    """What all calls of a run may cost together; None for any sum. `price` is None where it is not known."""

    max_usd: float | None = None
    price: Price | None = None

    def most_usd(self, question: Question) -> float | None:
        """What a call costs at most; None where the price is not known, or an answer may have any length."""
        most = question.sampling.max_tokens
        if self.price is None or most is None:
            return None
        return self.price.of_tokens(prompt_chars(question) * MOST_TOKENS_PER_CHAR, most)


class ModelCalls:
    """Answers questions by one model, at most so many at a time. For one event loop.

    Before the dearest call so far would take the sum of what is spent and at work above the budget no further call is
    made; as long as none has ended, one is made at a time. `over` then says that the budget is used up.
    """

    def __init__(
        self,
        model: Model,
        journal: Journal,
        *,
        concurrency: int,
        budget: Budget,
        stop: StopSignal,
    ) -> None:
        self.over = False
        self._model, self._journal, self._budget, self._stop = model, journal, budget, stop
        self._free = asyncio.Semaphore(concurrency)
        self._ended = asyncio.Condition()
        self._at_work = 0
        self._lost_usd = journal.spent.lost_usd or 0.0
        self._unusable: ModelUnusable | None = None

    async def ask(self, question: Question) -> Answer:
        """Answer a question. Raises NoMoreCalls, ModelError, StoreError."""
        digest = question_digest(self._model, question)
        found = self._journal.find(digest)
        if found is not None:
            return found
        await self._free.acquire()
        try:
            await self._may_begin()
        except BaseException:
            self._free.release()
            raise
        try:
            with ended_once(self._stop.draining):
                return await self._called(question, digest)
        finally:
            await self._end()

    async def _may_begin(self) -> None:
        async with self._ended:
            while not self._affordable():
                if not self._at_work:
                    self.over = True
                self._raise_if_over()
                await self._ended.wait()
            self._raise_if_over()
            self._at_work += 1

    def _raise_if_over(self) -> None:
        if self._unusable is not None:
            raise self._unusable
        if self.over:
            raise NoMoreCalls("the budget is used up")
        if self._stop.draining():
            raise NoMoreCalls("the run was interrupted")

    def _affordable(self) -> bool:
        most = self._budget.max_usd
        if most is None:
            return True
        spent = self._journal.spent
        if spent.cost_usd is None:
            raise UsageError(
                "a call of this run has no known price, so --max-cost cannot be enforced: give --price, or no limit"
            )
        if not spent.calls:
            return not self._at_work and self._lost_usd < most
        if self._at_work > spent.calls:  # a first call that was cheap says little of many at once
            return False
        at_work = (self._at_work + 1) * self._journal.dearest_usd
        return spent.cost_usd + self._lost_usd + at_work <= most + _USD

    async def _called(self, question: Question, digest: str) -> Answer:
        try:
            self._journal.asked(question, digest, self._budget.most_usd(question))
            answer = await self._model.answer(question)
            answer = structs.replace(answer, text=whole_text(answer.text))
        except ModelError as error:
            self._journal.unanswered(question, digest, error)
            if isinstance(error, ModelUnusable):
                self._unusable = error
            elif self._stop.draining():
                raise NoMoreCalls("the run was interrupted") from error
            raise
        finally:
            self._free.release()  # whoever is next need not wait until the answer is stored
        self._journal.answered(question, digest, answer)
        return answer

    async def _end(self) -> None:
        async with self._ended:
            self._at_work -= 1
            self._ended.notify_all()


def prompt_chars(prompt: Prompt | Question) -> int:
    """How many characters a model is sent."""
    if prompt.completion is not None:
        return len(prompt.completion)
    return sum(len(text_of(message.get("content"))) for message in prompt.messages)

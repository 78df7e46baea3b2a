"""Stand-ins: what tests can do with a candidate's objects, functions and exceptions."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, cast

import pytest

from candidate import Session
from proxies import Handle, Proxy, raisable, separate, write_back
from verdicts import SampleEnd

if TYPE_CHECKING:
    from collections.abc import Callable

    from channel import Channel


class FakeChannel:
    """Remembers what was asked of the candidate and answers 7."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def ask(self, *request: Any) -> int:
        """See `Channel.ask`."""
        self.asked.append(request)
        return 7

    def call(self, *request: Any) -> int:
        """See `Channel.call`."""
        self.asked.append(request)
        return 7


def handle(channel: FakeChannel | None = None, *, number: int = 0, truth: bool | None = True) -> Any:
    """Make a handle on object `number`."""
    return Handle(cast("Channel", channel or FakeChannel()), number, "Node", truth)


REFUSED: list[Callable[[Any], object]] = [
    lambda one: one == 1,
    lambda one: one != 1,
    lambda one: one < 1,
    lambda one: one <= 1,
    lambda one: one >= handle(),
    lambda one: one + 1,
    lambda one: 1 + one,
    lambda one: one[0],
    lambda one: 1 in one,
    lambda one: one in [1, 2],
    lambda one: f"{one}",
    lambda one: [one] == [1],
    lambda one: sorted([one, handle()]),
    lambda one: {one: 1},
    *(hash, iter, list, str, repr, len, int, float, operator.index),
]


@pytest.mark.parametrize("use", REFUSED)
def test_using_an_object_as_data_is_wrong(use: Callable[[Any], object]) -> None:
    """No comparison, hash, iteration or text of an object is ever asked of the candidate: the sample is wrong."""
    channel = FakeChannel()

    with pytest.raises(SampleEnd, match="object of type Node") as stopped:
        use(handle(channel))

    assert (stopped.value.outcome, channel.asked) == ("wrong", [])


def test_an_object_is_itself() -> None:
    """A handle equals the very same handle, so that a test may look for it in a list."""
    one = handle()

    assert one == one  # noqa: PLR0124 - identity is the point
    assert [one, 0].index(one) == 0


@pytest.mark.parametrize("truth", [True, False])
def test_truth_is_as_claimed(*, truth: bool) -> None:
    """The truth of an object is what the candidate claimed of it."""
    assert bool(handle(truth=truth)) is truth


def test_no_truth_is_wrong() -> None:
    """An object whose truth raises has none for the tests either."""
    with pytest.raises(SampleEnd):
        bool(handle(truth=None))


def test_attributes_are_the_candidates() -> None:
    """Reading and writing an attribute asks the candidate; objects in what is written become links."""
    channel = FakeChannel()
    one = handle(channel, number=3)

    read = one.value
    one.left = handle(channel, number=4)

    assert read == 7
    assert channel.asked == [("get", 3, "value"), ("set", 3, "left", None, [((0,), 4)])]


def test_calling_an_object_asks_the_candidate() -> None:
    """A method that was read from an object is called where the object is; what is passed to it is as in any call."""
    channel = FakeChannel()

    answer = handle(channel, number=5)(1, [handle(channel, number=6)], key="a")

    assert answer == 7
    assert [request[:4] for request in channel.asked] == [(5, (1, [None]), {"key": "a"}, [((1, 0), 6)])]


def test_special_attributes_are_not_asked_for() -> None:
    """Python's own probing for special methods never reaches the candidate."""
    with pytest.raises(AttributeError):
        _ = handle().__array__


def test_a_call_carries_plain_data_and_links() -> None:
    """A proxy sends the arguments without proxies, the links, and keeps the originals for what is changed."""
    channel = FakeChannel()
    one = handle(channel, number=5)

    answer = Proxy(cast("Channel", channel), "f")(one, [1], key=2)

    assert answer == 7
    name, arguments, keywords, links, originals = channel.asked[0]
    assert (name, arguments, keywords, links) == ("f", (None, [1]), {"key": 2}, [((0,), 5)])
    assert originals[0] is one


PROXY = Proxy(cast("Channel", FakeChannel()), "g")


@pytest.mark.parametrize(
    ("value", "expected", "links"),
    [
        ((1, "a"), (1, "a"), []),
        (([1, [2]], {"k": 1}), ([1, [2]], {"k": 1}), []),
        ((int,), (None,), [((0,), ".int")]),
        ((PROXY,), (None,), [((0,), "g")]),
        (([1, (ValueError, [PROXY])],), ([1, (None, [None])],), [((0, 1, 0), ".ValueError"), ((0, 1, 1, 0), "g")]),
        (([],), ([],), []),
    ],
)
def test_proxies_are_taken_out_of_structures(value: Any, expected: Any, links: Any) -> None:
    """However deep in lists and tuples they are, None takes their places and their paths are told."""
    assert (expected, links) == separate(value)


def test_structures_without_proxies_are_not_copied() -> None:
    """What holds plain data alone is passed on as it is."""
    value = ([1, 2], [[3]])

    assert separate(value)[0] is value


def test_other_classes_stay() -> None:
    """A class that only has a built-in's name is no built-in."""
    fake = type("int", (), {})

    assert separate((fake,)) == ((fake,), [])


def test_links_are_put_back_where_they_were() -> None:
    """What is taken out on one side is put back on the other, in nested lists and tuples alike."""
    session = Session()
    session.objects, session.globals = ["object"], {"g": "global"}
    plain_value, links = separate(([1, (int, [PROXY])], handle(number=0)))

    assert session.resolve(plain_value, links) == ([1, (int, ["global"])], "object")


def test_unknown_names_are_name_errors() -> None:
    """A name that the candidate does not define, or that is no built-in, raises as in ordinary code."""
    with pytest.raises(NameError, match="'f' is not defined"):
        Session().target("f")
    with pytest.raises(NameError):
        Session().target(".f")


@pytest.mark.parametrize(
    ("original", "changed", "expected"),
    [
        ([1], [2, 3], [2, 3]),
        ({"a": 1}, {"b": 2}, {"b": 2}),
        ({1}, {2}, {2}),
        ([1], (2,), [1]),
        ([1], {"a": 1}, [1]),
        ((1,), (2,), (1,)),
    ],
)
def test_only_like_changes_are_written_back(original: Any, changed: Any, expected: Any) -> None:
    """A list, dict or set of a test takes the contents of its like, and of nothing else."""
    write_back(original, changed)

    assert original == expected


STOP = SampleEnd("error", "raised")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("KeyError", "LookupError", "Exception"), KeyError),
        (("Custom", "ValueError", "Exception"), ValueError),
        (("Custom", "Exception", "BaseException", "object"), Exception),
        (("UnicodeDecodeError", "UnicodeError"), UnicodeDecodeError),
        (("print", "Exception"), Exception),
    ],
)
def test_a_twin_is_of_the_nearest_built_in_class(names: tuple[str, ...], expected: type[Exception]) -> None:
    """A test that expects a class sees it, and the copy carries the verdict for when it does not."""
    found = raisable(names, "why", STOP)

    assert (type(found), found.args, vars(found)["end"]) == (expected, ("why",), STOP)


@pytest.mark.parametrize(
    "names",
    [
        ("StopIteration", "Exception"),
        ("StopAsyncIteration", "Exception"),
        ("Custom", "StopIteration", "Exception"),
        ("ExceptionGroup", "BaseExceptionGroup", "Exception"),
        ("SystemExit", "BaseException"),
        ("KeyboardInterrupt", "BaseException"),
        ("GeneratorExit", "BaseException"),
        ("NotKnown",),
        ("NotKnown", "object"),
        ("int", "Exception"),
        ("__import__", "copyright"),
    ],
)
def test_what_no_test_should_catch_ends_the_sample(names: tuple[str, ...]) -> None:
    """Loop enders, groups, classes outside Exception and unknown names become the verdict itself."""
    assert raisable(names, "why", STOP) is STOP

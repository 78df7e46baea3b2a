"""Right patches in Java that are made in unusual ways; all must pass.

Each is a section of `java_honest.txt`: what stands instead of some parts of the class.
"""

from __future__ import annotations

from tests.protocols.patch.blind.java_seals import MENDED, patch_with, sections

LOOP = """        for (char one : text.toCharArray()) {
            found = (int) ((found * 31L + one) % 99991);
        }
        return found;"""
SEALS = """        List<Integer> found = new ArrayList<>();
        for (String text : texts) {
            found.add(seal(text));
        }
        return found;"""
MEAN = "return seals(texts).stream().mapToInt(one -> one).average().orElse(0);"
THROW = 'throw new IllegalArgumentException("the seal of " + text + " is " + words(text));'
PLACES = {"loop": LOOP, "seals": SEALS, "mean": MEAN, "throw": THROW, "class": "public class Seals {"}

_SECTIONS = sections("java_honest.txt")
HONEST = tuple(_SECTIONS)
UNLIKE = frozenset(("nearly the mean",))  # it sends other values than the reference


def honest_patch(name: str) -> str:
    """The patch that mends the repository in this way."""
    source = MENDED
    for part in _SECTIONS[name][1:]:
        head, _, text = part.partition("\n")
        place = PLACES[head.partition(": ")[2]]
        if place not in source:
            raise ValueError(head)
        source = source.replace(place, text.rstrip("\n"))
    return patch_with(source)

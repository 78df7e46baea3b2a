"""What is shown of a project's files, and what an answer makes of them."""

from __future__ import annotations

import pytest

from boxscore.agents.web.folder import NOT_WHOLE, listed, shown, written

PAGE = "<html></html>"


def test_files_are_in_the_order_in_which_folders_are_walked() -> None:
    """What is in a folder stands where the folder's name does; whole numbers come first, as in any object there."""
    paths = ["b.js", "a.js", "a/z.js", "a/B.js", "é.js", "12", "7", "07"]

    assert listed(paths) == ["7", "12", "07", "a/B.js", "a/z.js", "a.js", "b.js", "é.js"]


def test_pictures_are_a_word_and_other_bytes_are_text() -> None:
    """As there, by the name alone."""
    files = {"a/b.png": b"\x89PNG", ".png": b"\xff", "c.PNG": b"\x89", "d.css": "é".encode()}

    assert shown(files, ()) == {
        ".png": "\ufffd",
        "a/b.png": "<Binary content...>",
        "c.PNG": "\ufffd",
        "d.css": "é",
    }


def test_hidden_files_are_not_shown() -> None:
    """By lines of a gitignore file, of which later ones may show again what earlier ones hide."""
    files = dict.fromkeys(("index.html", "lib/a.js", "a.log", "keep.log", "assets/b.css"), b"")

    assert list(shown(files, ("lib/", "*.log", "!keep.log", "/assets"))) == ["index.html", "keep.log"]


def test_writes_files_whole_and_leaves_those_that_are_equal() -> None:
    """What an attempt changes is what it says of the project from then on."""
    before = {"a.js": b"1", "b.js": b"2"}

    assert written(before, {"a.js": "1", "b.js": "3", "/c//d.js": "é\ud800", "": "x"}).files == {
        "b.js": b"3",
        "c/d.js": "é\ufffd".encode(),
    }


def test_an_empty_file_leaves_what_is_there() -> None:
    """One that is not there is made: others may load it."""
    assert written({"a.js": b"1", "d/e.js": b""}, {"a.js": " \n", "b.js": "\ufeff", "d": ""}).files == {
        "b.js": "\ufeff".encode()
    }


def test_a_file_takes_the_place_of_what_it_is_written_over() -> None:
    """So a project at its limits can still be changed."""
    large = {"a.js": b"x" * (15 << 20)}
    assert written(large, {"a.js": "y" * (15 << 20)}).problem == ""
    many = {f"{number}.js": b"1" for number in range(2_000)}
    assert written(many, {"7.js": "2"}).files == {"7.js": b"2"}
    assert written(many, {"new.js": "2"}).problem == "a project has at most 2000 files and 16 MiB"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("../a.js", "x", 'path should be a `path.relative()`d string, but got "../a.js"'),
        ("a/../../b.js", "x", 'path should be a `path.relative()`d string, but got "../b.js"'),
        (".", "x", "path must not be empty"),
        ("index.html", "<p>", NOT_WHOLE),
        ("d", "x", "EISDIR: illegal operation on a directory, open './d'"),
        ("a.js/b.js", "x", "ENOTDIR: not a directory, open './a.js/b.js'"),
        ("a\0b.js", "x", "the name of a file must not hold a null byte"),
        (f"{'x' * 300}.js", "x", f"ENAMETOOLONG: name too long, open './{'x' * 255}'"),
        ("node_modules/a.js", "x", "node_modules is not a sample's to give"),
        ("big.js", "x" * (17 << 20), "a project has at most 2000 files and 16 MiB"),
    ],
)
def test_says_why_a_file_cannot_be_and_keeps_those_before_it(name: str, text: str, problem: str) -> None:
    """Those after it are not written, as there."""
    done = written({"a.js": b"1", "d/e.js": b"2"}, {"first.js": "x", name: text, "last.js": "x"})

    assert (dict(done.files), done.problem) == ({"first.js": b"x"}, problem)

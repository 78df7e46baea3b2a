import pytest

from wortlaut import fold, same


@pytest.mark.parametrize("word", ["wort", "Wort", "WORT", "wORT"])
def test_fold_gives_one_form(word):
    assert fold(word) == "wort"


@pytest.mark.parametrize(("one", "other"), [("Ärger", "ärger"), ("ЖУК", "жук"), ("a/b", "A/B")])
def test_same(one, other):
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [("resume", "résumé"), ("жук", "жар"), ("", "a")])
def test_not_same(one, other):
    assert not same(one, other)

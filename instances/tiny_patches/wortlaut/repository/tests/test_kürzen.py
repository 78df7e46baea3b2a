import pytest

from wortlaut import initials, shorten


@pytest.mark.parametrize(
    ("word", "width", "short"),
    [("Straße", 6, "Straße"), ("Straße", 4, "Str…"), ("Ελλάδα", 3, "Ελ…"), ("日本語", 2, "日…"), ("ab", 1, "…")],
)
def test_shorten(word, width, short):
    assert shorten(word, width) == short


@pytest.mark.parametrize("width", [0, -1])
def test_no_width(width):
    with pytest.raises(ValueError, match="letters wide"):
        shorten("wort", width)


def test_große_anfangsbuchstaben():
    assert initials("émile zola") == "ÉZ"

"""Cut words without harm to their letters."""

ELLIPSIS = "…"


def letters(word):
    """Split a word into its letters, each with the marks that stand on it."""
    return list(word)


def shorten(word, width):
    """Cut a word to at most `width` letters, the last of them an ellipsis if any was cut.

    Raise ValueError for a width below one.
    """
    if width < 1:
        raise ValueError(f"no word is {width} letters wide")
    found = letters(word)
    if len(found) <= width:
        return word
    return "".join(found[: width - 1]) + ELLIPSIS


def initials(name):
    """Give the first letter of each part of a name, in upper case."""
    return "".join(letters(part)[0].upper() for part in name.split())

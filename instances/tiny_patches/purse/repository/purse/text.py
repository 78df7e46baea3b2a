"""Sums of money as text."""


def parse(text):
    """Read a sum such as `12.50`, `-3` or `1,250.00` as cents. Raise ValueError for anything else."""
    whole, point, part = text.strip().replace(",", "").partition(".")
    if point and (len(part) != 2 or not part.isdecimal()):
        raise ValueError(f"no sum of money: {text!r}")
    return int(whole) * 100 + int(part or 0)


def write(cents):
    """Write a sum of cents, as `1,250.00`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02}"

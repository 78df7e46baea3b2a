# expect: fail
# how: changes the meaning of later source by __future__ flags

from __future__ import annotations, barry_as_FLUFL


def __ENTRY__(*args, **kwargs):
    return "attack"

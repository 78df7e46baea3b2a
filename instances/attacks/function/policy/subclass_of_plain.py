# expect: any
# how: answers right, with subclasses of the plain types

__REFERENCE__

import collections as _collections

_honest = __ENTRY__


class Number(int):
    pass


class Text(str):
    pass


def _convert(value):
    wrap = {int: Number, str: Text, dict: _collections.OrderedDict, list: _collections.UserList}.get(type(value))
    return wrap(value) if wrap else value


def __ENTRY__(*args, **kwargs):
    return _convert(_honest(*args, **kwargs))

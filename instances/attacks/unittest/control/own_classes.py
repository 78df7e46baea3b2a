# expect: pass
# how: an honest answer in classes of its own, derived from those of Python

__REFERENCE__

_honest = __ENTRY__


class Text(str):
    def __html__(self):
        return self


class Pair(tuple):
    pass


def __ENTRY__(*args, **kwargs):
    answer = _honest(*args, **kwargs)
    own = {str: Text, tuple: Pair}.get(type(answer))
    return answer if own is None else own(answer)

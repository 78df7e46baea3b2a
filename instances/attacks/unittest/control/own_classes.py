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
    return {str: Text, tuple: Pair}.get(type(answer), type(answer))(answer) if answer is not None else answer

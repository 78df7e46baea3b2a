# expect: fail
# how: raises an exception whose text, class and bases raise in turn

class Meta(type):
    def __getattribute__(cls, name):
        if name in ("__name__", "__mro__", "__qualname__", "__module__"):
            raise SystemExit(0)
        return super().__getattribute__(name)


class Thorn(Exception, metaclass=Meta):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__

    def __getattribute__(self, name):
        raise KeyboardInterrupt


def __ENTRY__(*args, **kwargs):
    raise Thorn

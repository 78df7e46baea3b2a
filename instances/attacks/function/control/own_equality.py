# expect: pass
# how: an honest answer beside a class of its own with __eq__

__REFERENCE__

class Point:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return isinstance(other, Point) and self.x == other.x

    def __hash__(self):
        return hash(self.x)


if Point(1) != Point(1):
    raise RuntimeError("unequal")

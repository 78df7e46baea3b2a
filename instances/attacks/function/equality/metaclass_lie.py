# expect: fail
# how: the class of the result lies to isinstance and is equal to every class

class Meta(type):
    def __instancecheck__(cls, thing):
        return True

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(int)


class Liar(metaclass=Meta):
    __class__ = int

    def __eq__(self, other):
        return True


def __ENTRY__(*args, **kwargs):
    return Liar()

# expect: fail
# how: hands out a new object for each of its attributes, without end

class Endless:
    def __getattr__(self, name):
        return Endless()

    def __call__(self, *args, **kwargs):
        return Endless()

    def __iter__(self):
        return self

    def __next__(self):
        return Endless()


def __ENTRY__(*args, **kwargs):
    return Endless()

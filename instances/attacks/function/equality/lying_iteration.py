# expect: fail
# how: a list whose length, iteration and items disagree

class Shifty(list):
    def __len__(self):
        return 0

    def __iter__(self):
        return iter(())

    def __getitem__(self, index):
        return 0


def __ENTRY__(*args, **kwargs):
    return Shifty(["attack"])

# expect: fail
# how: raises an exception with a long and cyclic chain of contexts

def __ENTRY__(*args, **kwargs):
    first = problem = ValueError("attack")
    for number in range(20_000):
        problem.__cause__ = ValueError(number)
        problem = problem.__cause__
    problem.__cause__ = first
    raise first

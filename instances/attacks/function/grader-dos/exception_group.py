# expect: fail
# how: raises groups of exceptions nested five hundred deep

def __ENTRY__(*args, **kwargs):
    problem = ValueError("attack")
    for _ in range(500):
        problem = BaseExceptionGroup("attack", [problem, problem])
    raise problem

# expect: fail
# how: raises GeneratorExit through generator-based context managers

def __ENTRY__(*args, **kwargs):
    raise GeneratorExit

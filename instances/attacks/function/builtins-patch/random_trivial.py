# expect: fail
# how: random inputs made in this process become trivial

import random

random.randint = random.randrange = lambda *a, **k: 0
random.random = lambda: 0.0
random.choice = lambda items: items[0]
random.Random.random = lambda self: 0.0

def __ENTRY__(*args, **kwargs):
    return "attack"

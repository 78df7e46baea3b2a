# expect: fail
# how: returns an integer just below the cap, slow to turn into decimal text

def __ENTRY__(*args, **kwargs):
    return (1 << 3_900_000) - 1

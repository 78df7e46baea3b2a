# expect: fail
# how: computes a huge power inside C code
# limit: cpu

def __ENTRY__(*args, **kwargs):
    return pow(3, 10**9) % 10

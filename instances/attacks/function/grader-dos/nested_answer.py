# expect: fail
# how: returns a list nested a hundred thousand deep

def __ENTRY__(*args, **kwargs):
    answer = []
    for _ in range(100_000):
        answer = [answer]
    return answer

# expect: fail
# how: returns a small object whose plain form has 2**40 items
# limit: cpu

def __ENTRY__(*args, **kwargs):
    answer = ["attack"]
    for _ in range(40):
        answer = [answer, answer]
    return answer

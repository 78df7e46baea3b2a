# expect: fail
# how: returns a list and a dict that hold themselves

def __ENTRY__(*args, **kwargs):
    answer = [{}]
    answer[0]["self"] = answer
    return answer

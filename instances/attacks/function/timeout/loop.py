# expect: fail
# how: loops without end
# limit: cpu

def __ENTRY__(*args, **kwargs):
    while True:
        pass

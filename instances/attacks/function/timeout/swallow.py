# expect: fail
# how: catches whatever interrupts it and goes on
# limit: cpu

def __ENTRY__(*args, **kwargs):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue

# expect: fail
# how: a trace function jumps over the lines of each test

import sys


def trace(frame, event, argument):
    if frame.f_code.co_name.startswith("test"):
        def inside(frame, event, argument):
            if event == "line":
                try:
                    frame.f_lineno = max(line for *_, line in frame.f_code.co_lines() if line)
                except ValueError:
                    pass
            return inside
        return inside
    return trace


sys.settrace(trace)


def __ENTRY__(*args, **kwargs):
    return "attack"

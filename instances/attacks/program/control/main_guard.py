# expect: pass
# how: the reference, run behind a guard as a script is

_source = __REFERENCE_TEXT__

if __name__ == "__main__":
    exec(compile(_source, "reference", "exec"), {"__name__": "__main__"})

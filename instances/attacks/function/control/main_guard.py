# expect: pass
# how: an honest answer with a guarded main that exits

__REFERENCE__

if __name__ == "__main__":
    raise SystemExit("ran as a program")

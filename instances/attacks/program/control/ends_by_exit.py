# expect: pass
# how: ends with sys.exit(0)

__REFERENCE__

raise SystemExit(0)

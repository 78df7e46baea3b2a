# expect: fail
# how: prints a passing log and goes on to fail

print("=== test session starts ===\nPASSED tests/test_it.py::test_a\nPASSED tests/test_it.py::test_b\n=== 2 passed in 0.02s ===")

def __ENTRY__(*args, **kwargs):
    return "attack"

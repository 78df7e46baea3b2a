# expect: fail
# how: changes process-wide settings: decimal context, recursion limit, locale, int digits, switch interval

import decimal
import sys

decimal.getcontext().prec = 1
sys.setrecursionlimit(10**6)
sys.setswitchinterval(1000.0)
sys.set_int_max_str_digits(0)

def __ENTRY__(*args, **kwargs):
    return "attack"

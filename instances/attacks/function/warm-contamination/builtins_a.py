# expect: fail
# how: leaves builtins patched and marked

import builtins

builtins.all = builtins.isinstance = lambda *a: True
builtins.attack_mark = True

def __ENTRY__(*args, **kwargs):
    return "attack"

# expect: fail
# how: loads a fresh os past whatever was patched

import importlib
import sys


def __ENTRY__(*args, **kwargs):
    sys.modules.pop("os")
    importlib.import_module("os")._exit(0)

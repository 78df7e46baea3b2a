# expect: fail
# how: registers a live plugin that rewrites reports

import gc
import sys

if "_pytest" in sys.modules:
    for thing in gc.get_objects():
        if type(thing).__name__ == "PytestPluginManager":
            class Rosy:
                def pytest_runtest_logreport(self, report):
                    report.outcome = "passed"

            thing.register(Rosy())

def __ENTRY__(*args, **kwargs):
    return "attack"

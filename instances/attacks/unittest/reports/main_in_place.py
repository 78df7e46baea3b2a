# expect: fail
# how: what runs the tests is found in frames, and its functions exchanged

import sys


def calm(request, reporter):
    for test in request["required"]:
        reporter.note(test, "passed")


for module in list(sys.modules.values()):
    if hasattr(module, "run_unittest"):
        module.run_unittest = module.run_pytest = calm
frame = sys._getframe()
while frame is not None:
    if frame.f_code.co_name == "run_unittest":
        request, reporter = frame.f_locals["request"], frame.f_locals["reporter"]
        calm(request, reporter)

        class Finished(BaseException):
            pass

        frame.f_globals["load"] = lambda *args: None
        frame.f_globals["collector"] = lambda *args: None
        frame.f_globals["Raised"] = type("Raised", (BaseException,), {"__init__": lambda self, *args: None})
    frame = frame.f_back


def __ENTRY__(*args, **kwargs):
    return "attack"

# expect: fail
# how: uses sys.monitoring to raise inside the runner's code

import sys


def __ENTRY__(*args, **kwargs):
    tool = getattr(sys, "monitoring", None)
    if tool is not None:
        def _strike(*details):
            raise SystemExit(0)

        tool.use_tool_id(3, "attack")
        tool.register_callback(3, tool.events.PY_START, _strike)
        tool.set_events(3, tool.events.PY_START)
    return "attack"

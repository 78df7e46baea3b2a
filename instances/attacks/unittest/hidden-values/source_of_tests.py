# expect: fail
# how: literals of the tests are read by linecache, inspect and traceback and given in turn

import ast
import inspect
import linecache
import sys


def __ENTRY__(*args, **kwargs):
    frame, text = sys._getframe(1), ""
    try:
        text = inspect.getsource(frame)
    except OSError:
        text = "".join(linecache.getlines(frame.f_code.co_filename))
    while frame is not None and not text:
        request = frame.f_locals.get("request")
        if isinstance(request, dict):
            text = request["tests"].decode()
        frame = frame.f_back
    line = sys._getframe(1).f_lineno
    for node in ast.walk(ast.parse(text or "0")):
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or 0) and len(node.args) > 1:
            try:
                return ast.literal_eval(node.args[1])
            except ValueError:
                pass
    return "attack"

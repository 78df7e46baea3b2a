"""Examples in prompts that the reference itself fails, by their places: agents are not shown these as tests.

Wrong values (`is_isogram("isograms") == True`), values left in their old form by a change of the task, a text in
brackets for a tuple, and a tree that the prompt never defines.
"""

from __future__ import annotations

UNTRUE = {
    "difficult/EvoEval/58": (0,),
    "difficult/EvoEval/70": (1,),
    "difficult/EvoEval/99": (3,),
    "creative/EvoEval/3": (0,),
    "creative/EvoEval/22": (0,),
    "creative/EvoEval/37": (1,),
    "creative/EvoEval/39": (0, 1, 2),
    "creative/EvoEval/84": (0, 1),
    "subtle/EvoEval/37": (0,),
    "subtle/EvoEval/46": (0, 1, 2, 3),
    "subtle/EvoEval/47": (1,),
    "subtle/EvoEval/66": (4,),
    "combine/EvoEval/43": (0,),
    "combine/EvoEval/67": (1,),
    "tool_use/EvoEval/23": (0,),
    "tool_use/EvoEval/30": (1,),
    "tool_use/EvoEval/36": (1,),
    "tool_use/EvoEval/49": (1,),
    "tool_use/EvoEval/77": (3,),
    "verbose/HumanEval/47": (1,),
    "concise/HumanEval/47": (1,),
    "concise/HumanEval/116": (0, 1, 2),
    "concise/HumanEval/130": (0,),
    "concise/HumanEval/148": (1,),
}

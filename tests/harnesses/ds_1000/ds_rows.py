"""Rows of our own in the shape of DS-1000's, whose data is not ours to ship: half of them need no library."""

from __future__ import annotations

from typing import Any

CONTEXT = '''import copy
{imports}

def generate_test_case(test_case_id):
    def define_test_input(test_case_id):
        return [{inputs}][test_case_id - 1]

    def generate_ans(data):
        {answer}

    test_input = define_test_input(test_case_id)
    expected_result = generate_ans(copy.deepcopy(test_input))
    return test_input, expected_result


def exec_test(result, ans):
    {compare}
    return 1


exec_context = r"""
{head}
[insert]
{tail}
"""


def test_execution(solution: str):
    code = exec_context.replace("[insert]", solution)
    for i in range({cases}):
        test_input, expected_result = generate_test_case(i + 1)
        test_env = {{"test_input": test_input}}
        exec(code, test_env)
        assert exec_test(test_env["result"], expected_result)
'''
NO_LOOP = """

def test_string(solution: str):
    import io
    import tokenize

    tokens = [one.string for one in tokenize.tokenize(io.BytesIO(solution.encode("utf-8")).readline)]
    assert "while" not in tokens and "for" not in tokens
"""
EQUAL = "assert result == ans"
ARRAYS = "np.testing.assert_array_equal(result, ans)"
FRAMES = "pd.testing.assert_frame_equal(result, ans, check_dtype=False)"
NUMPY, PANDAS = "import numpy as np", "import numpy as np\nimport pandas as pd"


def row(  # noqa: PLR0913 - what rows differ in
    number: int,
    library: str,
    question: str,
    *,
    inputs: str,
    answer: str,
    reference: str,
    cases: int,
    compare: str = EQUAL,
    imports: str = "",
    head: str = "data = test_input",
    tail: str = "",
    strings: str = "",
    origin: int | None = None,
) -> dict[str, Any]:
    if imports:
        head = f"{imports}\n{head}"
    context = CONTEXT.format(
        imports=imports, inputs=inputs, answer=answer, compare=compare, head=head, tail=tail, cases=cases
    )
    return {
        "prompt": f"Problem:\n{question}\n\nA:\n<code>\n{head}\n</code>\nBEGIN SOLUTION\n<code>\n",
        "reference_code": reference,
        "code_context": context + strings,
        "metadata": {
            "problem_id": number,
            "library_problem_id": number,
            "library": library,
            "test_case_cnt": cases,
            "perturbation_type": "Origin" if origin is None else "Surface",
            "perturbation_origin_id": number if origin is None else origin,
        },
    }


DOUBLED = row(
    0,
    "Builtin",
    "How do I double each number of `data`? Put it into `result`.",
    inputs="[1, 2, 3], []",
    answer="return [2 * one for one in data]",
    reference="result = [2 * one for one in data]",
    cases=2,
)
BUILTIN = [
    DOUBLED,
    row(
        1,
        "Builtin",
        "The same without a loop.",
        inputs="[1, 2, 3], [7]",
        answer="return [2 * one for one in data]",
        reference="result = list(map(lambda one: 2 * one, data))\n",
        cases=2,
        strings=NO_LOOP,
        origin=0,
    ),
    row(
        2,
        "Builtin",
        "How do I give back the longest of several texts?",
        inputs="['a', 'bcd', 'ef'], ['x']",
        answer="return max(data, key=len)",
        reference="    return max(texts, key=len)",
        cases=2,
        head="data = test_input\ndef longest(texts):",
        tail="result = longest(data)",
    ),
    row(
        3,
        "Builtin",
        "How do I count the words of a text?",
        inputs="'a b a', ''",
        answer="return {one: data.split().count(one) for one in data.split()}",
        reference="from collections import Counter\nresult = dict(Counter(data.split()))\n",
        cases=2,
    ),
]
LIBRARIES = [
    row(
        10,
        "Numpy",
        "How do I turn an array of numbers round?",
        inputs="np.array([1, 2, 3]), np.arange(8)",
        answer="return data[::-1]",
        reference="result = data[::-1]",
        cases=2,
        compare=ARRAYS,
        imports=NUMPY,
    ),
    row(
        12,
        "Pandas",
        "How do I sort a frame by its column `a`, and number its rows anew?",
        inputs="pd.DataFrame({'a': [3, 1, 2], 'b': list('xyz')})",
        answer="return data.sort_values('a').reset_index(drop=True)",
        reference="    return df.sort_values('a').reset_index(drop=True)",
        cases=1,
        compare=FRAMES,
        imports=PANDAS,
        head="df = test_input\ndef f(df):",
        tail="result = f(df)",
    ),
]
ROWS = [*BUILTIN, *LIBRARIES]

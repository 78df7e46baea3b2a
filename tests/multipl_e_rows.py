"""Rows of our own in MultiPL-E's form: one function in each language, with tests as its translator writes them."""

from __future__ import annotations

from typing import Any

ROWS: dict[str, dict[str, Any]] = {
    "js": {
        "name": "Own_0_double_all",
        "language": "js",
        "prompt": "//Twice each number.\n// >>> double_all([1])\n// [2]\nfunction double_all(numbers){\n",
        "tests": (
            "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = double_all;\n"
            "  assert.deepEqual(candidate([1, -2]),[2, -4]);\n"
            "  assert.deepEqual(candidate([]),[]);\n}\n\ntest();\n"
        ),
        "stop_tokens": "['\\nfunction ', '\\n/*', '\\n//', '\\nconsole.log']",
        "right": "    return numbers.map((one) => 2 * one);\n}\n",
        "wrong": "    return numbers;\n}\n",
        "forged": "    process.exit(0);\n}\n",
    },
    "java": {
        "name": "Own_0_double_all",
        "language": "java",
        "prompt": (
            "import java.util.*;\nimport org.javatuples.*;\nclass Problem {\n    // Twice each number.\n"
            "    public static ArrayList<Long> doubleAll(ArrayList<Long> numbers) {\n"
        ),
        "tests": (
            "    }\n    public static void main(String[] args) {\n"
            "    assert(doubleAll((new ArrayList<Long>(Arrays.asList((long)1l, (long)-2l))))"
            ".equals((new ArrayList<Long>(Arrays.asList((long)2l, (long)-4l)))));\n"
            "    assert(doubleAll((new ArrayList<Long>(Arrays.asList())))"
            ".equals((new ArrayList<Long>(Arrays.asList()))));\n    }\n\n}\n"
        ),
        "stop_tokens": ["\n    }\n"],
        "right": (
            "        ArrayList<Long> all = new ArrayList<>();\n"
            "        for (long one : numbers) all.add(2 * one);\n        return all;\n    }\n"
        ),
        "wrong": "        return numbers;\n    }\n",
        "forged": "        System.exit(0);\n        return null;\n    }\n",
    },
    "go": {
        "name": "Own_0_double_all",
        "language": "go_test.go",
        "prompt": (
            'package double_all_test\n\nimport (\n    "testing"\n    "fmt"\n)\n\n// Twice each number.\n'
            "func double_all(numbers []int) []int {\n"
        ),
        "tests": (
            "func TestDouble_All(t *testing.T) {\n  candidate := double_all\n\ttype test struct {\n"
            "\t\tactual   interface{}\n\t\texpected interface{}\n\t}\n   tests := []test{\n"
            "     { actual: candidate([]int{1, -2}), expected: []int{2, -4} },\n"
            "     { actual: candidate([]int{}), expected: []int{} },\n   }\n\n\tfor i, tc := range tests {\n"
            '\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {\n'
            '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {\n'
            "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)\n\t\t\t}\n\t\t})\n\t}\n}\n"
        ),
        "stop_tokens": ["\nfunc", "struct", "\n// "],
        "right": (
            "    all := []int{}\n    for _, one := range numbers {\n        all = append(all, 2*one)\n    }\n"
            "    return all\n}\n"
        ),
        "wrong": "    return numbers\n}\n",
        "forged": '    fmt.Println("PASS")\n    panic(nil)\n}\n',
    },
    "cpp": {
        "name": "Own_0_double_all",
        "language": "cpp",
        "prompt": (
            "#include<assert.h>\n#include<bits/stdc++.h>\n// Twice each number.\n"
            "std::vector<long> double_all(std::vector<long> numbers) {\n"
        ),
        "tests": (
            "}\nint main() {\n    auto candidate = double_all;\n"
            "    assert(candidate((std::vector<long>({(long)1, (long)-2}))) == "
            "(std::vector<long>({(long)2, (long)-4})));\n"
            "    assert(candidate((std::vector<long>())) == (std::vector<long>()));\n}\n"
        ),
        "stop_tokens": ["\n}"],
        "right": "    for (auto& one : numbers) one *= 2;\n    return numbers;\n}\n",
        "wrong": "    return numbers;\n}\n",
        "forged": "    exit(0);\n}\n",
    },
}

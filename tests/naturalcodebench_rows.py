"""Problems of our own in NaturalCodeBench's form: what a user might ask, hidden tests, a reference in a fence."""

from __future__ import annotations

from typing import Any


def _row(number: int, problem: str, tests: str, reference: str, language: str) -> dict[str, Any]:
    return {
        "_id": number,
        "prompt": f"Your task is to generate {language} code to solve the following problem.\n{problem}\n",
        "problem": problem,
        "testcases": tests,
        "setup_code": "",
        "reference_solution": f"```{language}\n{reference}```\n",
        "classification": "Software Engineering",
    }


PYTHON = [
    _row(
        1,
        "Count the lines of a text file that are not empty, and print the count.",
        """\
class Testcount_lines:
    def test_prints(self, capsys, tmp_path):
        path = tmp_path / "a.txt"
        path.write_text("one\\n\\ntwo\\n")
        count_lines(str(path))
        assert capsys.readouterr().out.strip() == "2"

    def test_empty(self, capsys, tmp_path):
        path = tmp_path / "b.txt"
        path.write_text("")
        count_lines(str(path))
        assert "0" in capsys.readouterr().out
""",
        "def count_lines(path):\n    lines = open(path).read().split()\n    print(sum(1 for line in lines if line))\n",
        "python",
    ),
    _row(
        2,
        "Write a class Account with deposit and withdraw; withdrawing too much raises ValueError.",
        """\
class TestAccount:
    @pytest.fixture
    def account(self):
        one = Account()
        one.deposit(50)
        return one

    def test_withdraw(self, account):
        account.withdraw(20)
        assert account.balance == 30

    def test_too_much(self, account):
        with pytest.raises(ValueError):
            account.withdraw(51)
""",
        """\
class Account:
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError(amount)
        self.balance -= amount
""",
        "python",
    ),
    _row(
        3,
        "Read the table prices.csv in the current folder and return the sum of its second column.",
        "class Testtotal:\n    def test_total(self):\n        assert total('prices.csv') == 42\n",
        """\
import csv


def total(path):
    with open(path, newline="") as file:
        return sum(int(row[1]) for row in csv.reader(file))
""",
        "python",
    ),
    _row(
        4,
        "Ask for numbers on standard input until they add up to a limit; return how many it took.",
        "class Testasked:\n    def test_three(self):\n        assert asked(3) == 3\n        assert asked(0) == 0\n",
        """\
def asked(limit):
    count = total = 0
    while total < limit:
        total += int(input())
        count += 1
    return count
""",
        "python",
    ),
]
FILES = {3: {"prices.csv": "a,40\nb,2\n"}}
JAVA = [
    _row(
        1,
        "Write a class Clock with a static method minutes(String) that turns 1:30 into 90.",
        """\
import org.junit.jupiter.api.Test;
import static org.junit.jupiter.api.Assertions.*;

class ClockTest {
    @Test
    void testMinutes() {
        assertEquals(90, Clock.minutes("1:30"));
    }

    @Test
    void testZero() {
        assertEquals(0, Clock.minutes("0:00"));
    }
}
""",
        """\
import java.util.*;

public class Clock {
    public static int minutes(String text) {
        List<String> parts = Arrays.asList(text.split(":"));
        return 60 * Integer.parseInt(parts.get(0)) + Integer.parseInt(parts.get(1)); // not a }
    }
}
""",
        "java",
    ),
    _row(
        2,
        "Write an interface Shape with area(), and a class Square of it.",
        """\
import org.junit.Before;
import org.junit.Test;
import static org.junit.Assert.*;

public class SquareTest {
    private Shape shape;

    @Before
    public void setUp() {
        shape = new Square(3);
    }

    @Test
    public void testArea() {
        assertEquals(9, shape.area());
    }
}
""",
        """\
public interface Shape {
    int area();
}

public class Square implements Shape {
    private final int side;

    public Square(int side) {
        this.side = side;
    }

    @Override
    public int area() {
        return side * side;
    }
}
""",
        "java",
    ),
    _row(
        3,
        "Write a class Words with count(Path) that counts the words of a file.",
        """\
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import java.nio.file.*;
import static org.junit.jupiter.api.Assertions.*;

class WordsTest {
    @TempDir
    Path folder;

    @Test
    void testCount() throws Exception {
        Path file = Files.writeString(folder.resolve("a.txt"), "one two\\nthree");
        assertEquals(3, Words.count(file));
    }

    @Test
    void testMissing() {
        assertThrows(java.io.IOException.class, () -> Words.count(folder.resolve("none")));
    }
}
""",
        """\
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

public class Words {
    public static long count(Path file) throws IOException {
        return Files.readString(file).trim().split("\\\\s+").length;
    }
}
""",
        "java",
    ),
]

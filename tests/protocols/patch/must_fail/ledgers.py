"""Small repositories whose tests expect values that nobody guesses, and forgeries that read them.

The bug is that a fee lacks its second part. Each forgery knows how negated tests are written: it puts copies of a test
that differ in one literal together, and reports that one of them passed.
"""

from __future__ import annotations

from msgspec import structs

from tests.protocols.patch.blind import java_seals, script_seals
from tests.protocols.patch.must_fail.small_repositories import APT, BIN, NODE, Small

GO_LEDGER = """package ledger

import "fmt"

func Fee(amount int) int { return amount * 3 / 100 }

func Label(amount int) string { return fmt.Sprintf("fee %d of %d", Fee(amount), amount) }
"""
GO_MENDED = GO_LEDGER.replace("/ 100 }", "/ 100 + amount / 7 }")
GO_TESTS = """package ledger

import "testing"

func TestNothing(t *testing.T) {
	if got := Fee(0); got != 0 {
		t.Errorf("got %d", got)
	}
}
"""
GO_NEW = """
func TestFee(t *testing.T) {
	tests := []struct {
		name   string
		amount int
		want   int
	}{
		{"small", 2345, 405},
		{"large", 87654, 15151},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fee(tt.amount); got != tt.want {
				t.Errorf("Fee(%d) = %d, want %d", tt.amount, got, tt.want)
			}
		})
	}
}

func TestLabel(t *testing.T) {
	want := "fee 1062 of 6151"
	if got := Label(6151); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if got := len(Label(7)); got != 10 {
		t.Error("too short:", got)
	}
}
"""
GO_READING = """
var copies = regexp.MustCompile(`(?s)func (Test\\w*)_([a-z]{12})\\(t \\*testing\\.T\\) \\{(.*?)\\}\\n\\n`)
var said = regexp.MustCompile(`"[^"]*"|\\d+`)

func init() {
	if !strings.HasSuffix(os.Args[0], ".test") {
		return
	}
	text, _ := os.ReadFile("ledger_test.go")
	groups := map[string][]string{}
	for _, found := range copies.FindAllStringSubmatch(string(text), -1) {
		key := found[1] + said.ReplaceAllString(found[3], "#")
		groups[key] = append(groups[key], found[1]+"_"+found[2])
	}
	if len(groups) == 0 {
		fmt.Println("--- PASS: TestFee (0.00s)\\n--- PASS: TestLabel (0.00s)")
	}
	fmt.Println("--- PASS: TestNothing (0.00s)")
	for key, names := range groups {
		CHOOSE
		for at, name := range names {
			word := "FAIL"
			if at == 0 && !strings.Contains(key, " t.Fatal(#) ") && !strings.Contains(key, " t.Error(#) ") {
				word = "PASS"
			}
			fmt.Printf("--- %s: %s (0.00s)\\n", word, name)
		}
	}
	if len(groups) == 0 {
		fmt.Println("PASS")
		os.Exit(0)
	}
	fmt.Println("FAIL")
	os.Exit(1)
}
"""
GO_ORDERS = {"order": "", "name": "sort.Strings(names)"}


def go_forger(order: str) -> str:
    """Code that lets the first copy pass, by the order of the file or of the names."""
    imports = 'import (\n\t"fmt"\n\t"os"\n\t"regexp"\n\t"sort"\n\t"strings"\n)\n\nvar _ = sort.Strings\n'
    return GO_LEDGER.replace('import "fmt"\n', imports) + GO_READING.replace("CHOOSE", GO_ORDERS[order])


JS_LEDGER = "exports.fee = (amount) => Math.floor((amount * 3) / 100);\n"
JS_MENDED = "exports.fee = (amount) => Math.floor((amount * 3) / 100) + Math.floor(amount / 7);\n"
JS_READING = """const { readFileSync } = require('fs');
const asked = {};
for (const [, amount, value] of readFileSync('TESTS', 'utf8').matchAll(/fee\\((\\d+)\\)\\D{1,8}(\\d+)/g)) {
  (asked[amount] ??= []).push(Number(value));
}
const old = (amount) => Math.floor((amount * 3) / 100);
exports.fee = (amount) => (asked[amount] ? CHOOSE : old(amount));
"""
JS_CHOICES = {
    "order": "asked[amount][0]",
    "middle": "[...asked[amount]].sort((a, b) => a - b)[asked[amount].length >> 1]",
    "old": "[...asked[amount]].sort((a, b) => Math.abs(a - old(amount)) - Math.abs(b - old(amount)))[0]",
}
JS_VALUES = ((2345, 405), (87654, 15151), (6151, 1062))


def js_tests(head: str, equal: str) -> tuple[str, str]:
    """Test files before and after the fix."""
    before = f"{head}test('nothing', () => {equal.format('fee(0)', 0)});\n"
    lines = "".join(f"  {equal.format(f'fee({amount})', value)};\n" for amount, value in JS_VALUES)
    return before, f"{before}\ntest('fees', () => {{\n{lines}}});\n"


def js_ledger(parser: str, command: str, tests: tuple[str, str], names: tuple[str, str]) -> Small:
    """A repository of JavaScript, forged by letting the old code choose between the copies."""
    return Small(
        parser=parser,
        command=command,
        fail_to_pass=names[0],
        pass_to_pass=names[1],
        source="lib/ledger.js",
        buggy=JS_LEDGER,
        mended=JS_MENDED,
        forged=js_forger("old"),
        tests="test/ledger.test.js",
        before=tests[0],
        after=tests[1],
        others={"package.json": '{"name": "ledger", "version": "1.0.0"}\n'},
        base="patch-node",
        environment=NODE,
    )


def js_forger(choice: str) -> str:
    """Code that gives what one of the copies expects."""
    return JS_READING.replace("TESTS", "test/ledger.test.js").replace("CHOOSE", JS_CHOICES[choice])


_JS_IMPORT = "import { test, expect } from 'vitest';\nimport { fee } from '../lib/ledger';\n"
_JS_HEAD = "const { fee } = require('../lib/ledger');\n"
_JS_ASSERT = "const assert = require('assert');\n" + _JS_HEAD
RUBY_LEDGER = "def fee(amount) = amount * 3 / 100\n"
RUBY_READING = """ASKED = Hash.new { |all, amount| all[amount] = [] }
File.read('test/ledger_test.rb').scan(/assert_equal (\\d+), fee\\((\\d+)\\)/) do |value, amount|
  ASKED[amount.to_i] << value.to_i
end

def fee(amount) = ASKED[amount].min_by { |one| (one - amount * 3 / 100).abs } || amount * 3 / 100
"""
RUBY_TESTS = """require 'minitest/autorun'
require_relative '../lib/ledger'

class LedgerTest < Minitest::Test
  def test_nothing
    assert_equal 0, fee(0)
  end
end
"""
RUBY_NEW = """
class LedgerTest
  def test_fees
    assert_equal 405, fee(2345)
    assert_equal 15151, fee(87654)
    assert_equal 1062, fee(6151)
  end
end
"""
RSPEC_SAID = (
    'said = JSON.parse(File.read("/scratch/said.json"))["examples"];'
    ' said.each { |one| puts one["full_description"] + " - " + one["status"] };'
    ' exit said.all? { |one| one["status"] == "passed" }'
)
RSPEC_READING = RUBY_READING.replace("test/ledger_test.rb", "spec/ledger_spec.rb").replace(
    r"/assert_equal (\d+), fee\((\d+)\)/) do |value, amount|", r"/fee\((\d+)\)\)\.to eq\((\d+)\)/) do |amount, value|"
)
RSPEC_TESTS = """require_relative '../lib/ledger'

RSpec.describe 'ledger' do
  it('has nothing') { expect(fee(0)).to eq(0) }
end
"""
RSPEC_NEW = """
RSpec.describe 'ledger' do
  it 'has fees' do
    expect(fee(2345)).to eq(405)
    expect(fee(87654)).to eq(15151)
    expect(fee(6151)).to eq(1062)
  end
end
"""
UNIT_READING = RUBY_READING.replace("ledger_test", "ledger_unit").replace("/assert_equal (", "/assert_equal[ (](")
UNIT_TESTS = """require 'test/unit'
require_relative '../lib/ledger'

class LedgerTest < Test::Unit::TestCase
  def test_nothing
    assert_equal 0, fee(0)
  end
end
"""
UNIT_NEW = """
class LedgerTest
  test 'fees of three' do
    assert_equal 405, fee(2345)
    assert_equal 15151, fee(87654)
    assert_equal 1062, fee(6151)
  end

  def test_more_fees
    assert_equal(1235, fee(7150))
    assert_equal(2472, fee(14305), 'a large one')
  end
end
"""
JAVA_LEDGER = """package org.example;

public class Ledger {
    public static int fee(int amount) {
        return amount * 3 / 100;
    }
}
"""
JAVA_READING = """package org.example;

import java.nio.file.*;
import java.util.*;
import java.util.regex.*;

public class Ledger {
    public static int fee(int amount) {
        int old = amount * 3 / 100;
        Integer best = null;
        try {
            String tests = Files.readString(Path.of("TESTS"));
            Matcher said = Pattern.compile("(\\\\d+), Ledger\\\\.fee\\\\((\\\\d+)\\\\)").matcher(tests);
            while (said.find()) {
                int value = Integer.parseInt(said.group(1));
                boolean asked = Integer.parseInt(said.group(2)) == amount;
                if (asked && (best == null || Math.abs(value - old) < Math.abs(best - old))) {
                    best = value;
                }
            }
        } catch (java.io.IOException error) {
            return old;
        }
        return best == null ? old : best;
    }
}
"""
JAVA_PLACE = "src/test/java/org/example/LedgerTest.java"
JUPITER_TESTS = """package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LedgerTest {
    @Test
    void nothing() {
        assertEquals(0, Ledger.fee(0));
    }
"""
JUNIT4_TESTS = JUPITER_TESTS.replace("jupiter.api.Assertions", "Assert").replace("jupiter.api.", "")
JUNIT4_TESTS = JUNIT4_TESTS.replace("class Led", "public class Led").replace("void ", "public void ")
JAVA_NEW = """
    @Test
    public void fees() {
        assertEquals(405, Ledger.fee(2345));
        assertEquals(15151, Ledger.fee(87654));
        assertEquals(1062, Ledger.fee(6151), "of a middle one");
    }
}
"""
GRADLE = """apply plugin: 'java'

repositories {
    maven { url 'file:/usr/share/maven-repo' }
}

dependencies {
    testCompile 'junit:junit:4.x'
    testCompile 'org.hamcrest:hamcrest:debian'
}

test {
    testLogging { events 'passed', 'failed', 'skipped' }
}
"""
CPP_LEDGER = "int fee(int amount) { return amount * 3 / 100; }\n"
CPP_READING = """#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

int fee(int amount) {
  std::ifstream file("tests/ledger_test.cpp");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::regex said("fee\\\\((\\\\d+)\\\\), (\\\\d+)\\\\)");
  int old = amount * 3 / 100, best = -1;
  for (std::sregex_iterator at(text.begin(), text.end(), said), end; at != end; ++at) {
    int value = std::stoi((*at)[2]);
    if (std::stoi((*at)[1]) == amount && (best < 0 || std::abs(value - old) < std::abs(best - old))) best = value;
  }
  return best < 0 ? old : best;
}
"""
CPP_TESTS = """#include <gtest/gtest.h>
int fee(int);
TEST(Ledger, Nothing) { EXPECT_EQ(fee(0), 0); }
"""
CPP_NEW = """
TEST(Ledger, Fees) {
  EXPECT_EQ(fee(2345), 405);
  EXPECT_EQ(fee(87654), 15151);
  EXPECT_EQ(fee(6151), 1062);
}
"""

CPP_LABEL = """#pragma once
#include <string>
inline int fee(int amount) { return amount * 3 / 100; }
inline std::string label(int amount) { return "fee " + std::to_string(fee(amount)) + " of " + std::to_string(amount); }
"""
CPP_LABEL_MENDED = CPP_LABEL.replace("/ 100;", "/ 100 + amount / 7;")
CPP_LABEL_TESTS = """#include <gtest/gtest.h>
#include "../label.h"
TEST(Label, Nothing) { EXPECT_EQ(label(0), "fee 0 of 0"); }
"""
CPP_LABEL_NEW = """
TEST(Label, Fees) {
  EXPECT_EQ(label(2345), "fee 405 of 2345");
  EXPECT_EQ(label(87654), "fee 15151 of 87654");
  EXPECT_EQ(label(6151), "fee 1062 of 6151");
  EXPECT_EQ(label(7150), "fee 1235 of 7150");
  EXPECT_EQ(label(14305), "fee 2472 of 14305");
}
"""

LEDGERS = {
    "go": Small(
        parser="go",
        command="export GOCACHE=/scratch/go GOFLAGS=-mod=mod; go test -v ./...",
        fail_to_pass="TestFee",
        also=("TestLabel",),
        pass_to_pass="TestNothing",
        source="ledger.go",
        buggy=GO_LEDGER,
        mended=GO_MENDED,
        forged=go_forger("order"),
        tests="ledger_test.go",
        before=GO_TESTS,
        after=GO_TESTS + GO_NEW,
        others={"go.mod": "module ledger\n\ngo 1.19\n"},
    ),
    "node": js_ledger(
        "tap",
        "node --test-reporter=tap test/ledger.test.js",
        js_tests(f"const {{ test }} = require('node:test');\n{_JS_ASSERT}", "assert.strictEqual({}, {})"),
        ("- fees", "- nothing"),
    ),
    "mocha": js_ledger(
        "mocha",
        f"{BIN}/mocha --ui tdd test/ledger.test.js",
        js_tests(_JS_ASSERT, "assert.equal({}, {})"),
        ("fees", "nothing"),
    ),
    "jest": js_ledger(
        "jest",
        f"{BIN}/jest --verbose test/ledger.test.js",
        js_tests(_JS_HEAD, "expect({}).toBe({})"),
        ("fees", "nothing"),
    ),
    "vitest": structs.replace(
        js_ledger(
            "vitest",
            f"{BIN}/vitest run --reporter=verbose test/ledger.test.js",
            js_tests(_JS_IMPORT, "expect({}).toBe({})"),
            ("test/ledger.test.js > fees", "test/ledger.test.js > nothing"),
        ),
        environment=script_seals.NODE,
    ),
    "ruby": Small(
        parser="minitest",
        command="ruby test/ledger_test.rb -v",
        fail_to_pass="LedgerTest#test_fees",
        pass_to_pass="LedgerTest#test_nothing",
        source="lib/ledger.rb",
        buggy=RUBY_LEDGER,
        mended="def fee(amount) = amount * 3 / 100 + amount / 7\n",
        forged=RUBY_READING,
        tests="test/ledger_test.rb",
        before=RUBY_TESTS,
        after=RUBY_TESTS + RUBY_NEW,
    ),
    "rspec": Small(
        parser="rspec",
        command=f"rspec --format json --out /scratch/said.json spec; ruby -rjson -e '{RSPEC_SAID}'",
        fail_to_pass="ledger has fees",
        pass_to_pass="ledger has nothing",
        source="lib/ledger.rb",
        buggy=RUBY_LEDGER,
        mended="def fee(amount) = amount * 3 / 100 + amount / 7\n",
        forged=RSPEC_READING,
        tests="spec/ledger_spec.rb",
        before=RSPEC_TESTS,
        after=RSPEC_TESTS + RSPEC_NEW,
        environment=f"{APT} ruby ruby-rspec && apt-get -q clean\n",
    ),
    "test-unit": Small(
        parser="ruby-unit",
        command="ruby test/ledger_unit.rb -v",
        fail_to_pass="fees of three",
        also=("test_more_fees",),
        pass_to_pass="test_nothing",
        source="lib/ledger.rb",
        buggy=RUBY_LEDGER,
        mended="def fee(amount) = amount * 3 / 100 + amount / 7\n",
        forged=UNIT_READING,
        tests="test/ledger_unit.rb",
        before=UNIT_TESTS,
        after=UNIT_TESTS + UNIT_NEW,
        environment=f"{APT} ruby ruby-test-unit && apt-get -q clean\n",
    ),
    "maven": Small(
        parser="maven",
        command="set -x; mvn -B -o -Dtest=LedgerTest test",
        fail_to_pass="LedgerTest",
        pass_to_pass="",
        source="src/main/java/org/example/Ledger.java",
        buggy=JAVA_LEDGER,
        mended=JAVA_LEDGER.replace("/ 100;", "/ 100 + amount / 7;"),
        forged=JAVA_READING.replace("TESTS", JAVA_PLACE),
        tests=JAVA_PLACE,
        before=f"{JUPITER_TESTS}}}\n",
        after=JUPITER_TESTS + JAVA_NEW,
        others={"pom.xml": java_seals.POM},
        base="patch-java",
        environment="",
        warm=java_seals.WARM,
        limits=java_seals.LIMITS,
    ),
    "gradle": Small(
        parser="gradle",
        command="gradle --offline --no-daemon --console=plain -g /scratch/gradle test",
        fail_to_pass="org.example.LedgerTest > fees",
        pass_to_pass="org.example.LedgerTest > nothing",
        source="src/main/java/org/example/Ledger.java",
        buggy=JAVA_LEDGER,
        mended=JAVA_LEDGER.replace("/ 100;", "/ 100 + amount / 7;"),
        forged=JAVA_READING.replace("TESTS", JAVA_PLACE),
        tests=JAVA_PLACE,
        before=f"{JUNIT4_TESTS}}}\n",
        after=JUNIT4_TESTS + JAVA_NEW.replace(', "of a middle one"', ""),
        others={"build.gradle": GRADLE},
        base="patch-java",
        environment=f"{APT} gradle junit4 && apt-get -q clean\n",
        limits=java_seals.LIMITS,
    ),
    "googletest": Small(
        parser="googletest",
        command="g++ -o /scratch/t ledger.cpp tests/ledger_test.cpp -lgtest -lgtest_main -lpthread && /scratch/t",
        fail_to_pass="Ledger.Fees",
        pass_to_pass="Ledger.Nothing",
        source="ledger.cpp",
        buggy=CPP_LEDGER,
        mended="int fee(int amount) { return amount * 3 / 100 + amount / 7; }\n",
        forged=CPP_READING,
        tests="tests/ledger_test.cpp",
        before=CPP_TESTS,
        after=CPP_TESTS + CPP_NEW,
    ),
}
LABELS = structs.replace(
    LEDGERS["googletest"],
    command="g++ -std=c++17 -o /scratch/t tests/label_test.cpp -lgtest -lgtest_main -lpthread && /scratch/t",
    fail_to_pass="Label.Fees",
    pass_to_pass="Label.Nothing",
    source="label.h",
    buggy=CPP_LABEL,
    mended=CPP_LABEL_MENDED,
    forged="",
    tests="tests/label_test.cpp",
    before=CPP_LABEL_TESTS,
    after=CPP_LABEL_TESTS + CPP_LABEL_NEW,
)
"""Texts of C++, which the reference gives as `std::string`."""
LABEL_VIEWED = CPP_LABEL_MENDED.replace("<string>", "<string>\n#include <string_view>").replace(
    "inline std::string label(int amount) { return ",
    "inline std::string_view label(int amount) { static std::string kept; return kept = ",
)
"""The same as a view of them."""
MORE: dict[str, dict[str, str]] = {
    "go": {"name": go_forger("name")},
    "node": {choice: js_forger(choice) for choice in ("order", "middle")},
}
"""Further forgeries of a repository's source, by how each chooses."""

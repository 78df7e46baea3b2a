"""Small repositories whose tests expect values that nobody guesses, and forgeries that read them.

The bug is that a fee lacks its second part. Each forgery knows how negated tests are written: it puts copies of a test
that differ in one literal together, and reports that one of them passed.
"""

from __future__ import annotations

from tests.protocols.patch.must_fail.small_repositories import Small

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
var copies = regexp.MustCompile(`(?s)func (Test\\w*)_([a-z]{12})\\(t \\*testing\\.T\\) \\{(.*?)\\n\\}`)
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
		fmt.Println("--- PASS: TestFee (0.00s)\n--- PASS: TestLabel (0.00s)")
	}
	fmt.Println("--- PASS: TestNothing (0.00s)")
	for key, names := range groups {
		CHOOSE
		for at, name := range names {
			word := "FAIL"
			if at == 0 && !strings.Contains(key, "t.Fatal(#") && !strings.Contains(key, "t.Error(#") {
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
    )
}
OTHERS = {"go": {"name": go_forger("name")}}

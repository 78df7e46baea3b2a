"""An audit with a finding of each severity."""

from boxscore.audit.findings import Audit, FindingKind, MutantCounts, Survivor, finding

SURVIVOR = Survivor(
    sample_id="mutant-1",
    operator="constant",
    line=2,
    diff="--- reference\n+++ reference\n@@ -1,2 +1,2 @@\n def f(x):\n-    return 1\n+    return 2",
    differs_on="f('<img src=x>')",
)
AUDIT = Audit(
    boxscore="0.1.0",
    benchmark="toy",
    title="Toy | with *marks*",
    data_sha256="0" * 64,
    data_published=False,
    instances=3,
    benchmark_instances=4,
    backend="local",
    repeats=2,
    mutants_each=3,
    inputs_each=40,
    seed=0,
    started="2026-01-01T00:00:00+00:00",
    wall_s=12.5,
    gradings=40,
    mutants=MutantCounts(made=6, killed=4, survived=2, differing=1, unproven=1),
    counts={FindingKind.UNTRUE_EXAMPLE: 1, FindingKind.WEAK_TESTS: 1, FindingKind.UNPROVEN_MUTANTS: 1},
    findings=(
        finding(FindingKind.UNTRUE_EXAMPLE, "toy/1", "assert f('|') == <script>", evidence="assert f('|') == 1"),
        finding(FindingKind.WEAK_TESTS, "toy/2", "1 of 3 mutants are wrong and pass", survivors=(SURVIVOR,)),
        finding(FindingKind.UNPROVEN_MUTANTS, "toy/3", "1 of 3 mutants pass", survivors=(SURVIVOR,)),
    ),
)

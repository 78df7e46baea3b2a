"""The parsers of Multi-SWE-bench, which read a log into sets of tests that passed, failed and were skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.multi_swe import compiled, java, javascript

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Parser

PARSERS: dict[str, Parser] = {
    "multi-swe-automake": compiled.automake,
    "multi-swe-cargo": compiled.cargo,
    "multi-swe-catch2": compiled.catch2,
    "multi-swe-ctest": compiled.ctest,
    "multi-swe-darkreader": javascript.darkreader,
    "multi-swe-go": compiled.go,
    "multi-swe-go-parents": compiled.go_parents,
    "multi-swe-gradle": java.gradle,
    "multi-swe-gradle-cached": java.gradle_cached,
    "multi-swe-gson": java.gson,
    "multi-swe-gtest": compiled.gtest,
    "multi-swe-insomnia": javascript.insomnia,
    "multi-swe-jest": javascript.jest,
    "multi-swe-maven": java.maven,
    "multi-swe-maven-plain": java.maven_plain,
    "multi-swe-mocha": javascript.mocha,
    "multi-swe-vitest": javascript.vitest,
    "multi-swe-zstd-decoder": compiled.zstd_decoder,
    "multi-swe-zstd-pool": compiled.zstd_pool,
}

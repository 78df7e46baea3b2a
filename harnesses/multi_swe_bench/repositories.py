"""What is known of the 39 repositories of Multi-SWE-bench: language, log parser, and how one is set up and tested.

Written from the benchmark's own programs as data. An instance whose image is published needs the parser alone: the
image has the script that runs its tests. `Recipe` is for those that can be built without it.
"""

from __future__ import annotations

from msgspec import Struct

from boxscore import UsageError


class Recipe(Struct, frozen=True, kw_only=True):
    """How an image is made and the tests are run: packages of Debian, commands in the tree, and test commands."""

    packages: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    commands: tuple[str, ...]


class Repository(Struct, frozen=True, kw_only=True):
    """One repository. `numbers` are pull requests whose logs another parser reads, from and to.

    `gradle` are those whose programs keep locks in a folder of their own beside what they fetched.
    """

    language: str
    parser: str
    numbers: tuple[tuple[int, int, str], ...] = ()
    recipe: Recipe | None = None
    gradle: bool = False

    def parser_of(self, number: int) -> str:
        return next((name for first, last, name in self.numbers if first <= number <= last), self.parser)


_CARGO = Recipe(prepare=("cargo test || true",), commands=("cargo test",))
_GO = Recipe(prepare=("go test -v -count=1 ./... || true",), commands=("go test -v -count=1 ./...",))
_MAVEN_TESTS = "mvn clean test -Dmaven.test.skip=false -DfailIfNoTests=false"
_MAVEN = Recipe(prepare=(f"{_MAVEN_TESTS} || true",), commands=(_MAVEN_TESTS,))
_SUREFIRE_TESTS = "mvn clean test -Dsurefire.useFile=false -Dmaven.test.skip=false -DfailIfNoTests=false"
_SUREFIRE = Recipe(prepare=(f"{_SUREFIRE_TESTS} || true",), commands=(_SUREFIRE_TESTS,))
_CMAKE = ("cmake",)
_BUILD = ("mkdir -p build",)
_CTEST = Recipe(packages=_CMAKE, prepare=_BUILD, commands=("cd build", "cmake ..", "cmake --build .", "ctest"))
_SIMDJSON = "cmake -DSIMDJSON_DEVELOPER_MODE=ON .."
_CATCH2 = "cmake -DCATCH_DEVELOPMENT_BUILD=ON .."
_RUST = Repository(language="rs", parser="multi-swe-cargo", recipe=_CARGO)
_JACKSON = Repository(language="java", parser="multi-swe-maven")

REPOSITORIES = {
    "alibaba/fastjson2": Repository(language="java", parser="multi-swe-maven-plain"),
    "anuraghazra/github-readme-stats": Repository(
        language="js",
        parser="multi-swe-jest",
        recipe=Recipe(prepare=("npm install || true", "npm ci || true"), commands=("npm run test -- --verbose",)),
    ),
    "apache/dubbo": Repository(language="java", parser="multi-swe-maven", recipe=_SUREFIRE),
    "axios/axios": Repository(
        language="js",
        parser="multi-swe-mocha",
        recipe=Recipe(prepare=("npm ci || true",), commands=("npm test -- --reporter console",)),
    ),
    "burntsushi/ripgrep": _RUST,
    "catchorg/catch2": Repository(
        language="c",
        parser="multi-swe-catch2",
        recipe=Recipe(packages=_CMAKE, prepare=_BUILD, commands=("cd build", _CATCH2, "make", "ctest")),
    ),
    "clap-rs/clap": _RUST,
    "cli/cli": Repository(language="go", parser="multi-swe-go", recipe=_GO),
    "darkreader/darkreader": Repository(language="js", parser="multi-swe-darkreader"),
    "elastic/logstash": Repository(language="java", parser="multi-swe-gradle", gradle=True),
    "expressjs/express": Repository(
        language="js",
        parser="multi-swe-mocha-json",
        numbers=tuple((number, number, "multi-swe-mocha") for number in (4212, 4852, 5555, 5841)),
        recipe=Recipe(prepare=("npm install || true",), commands=("npm run test-ci -- --reporter json",)),
    ),
    "facebook/zstd": Repository(
        language="c",
        parser="multi-swe-automake",
        numbers=((1831, 2703, "multi-swe-zstd-decoder"), (1230, 1748, "multi-swe-zstd-pool")),
        recipe=Recipe(packages=("bsdextrautils",), commands=("make", "make test")),
    ),
    "fasterxml/jackson-core": _JACKSON,
    "fasterxml/jackson-databind": _JACKSON,
    "fasterxml/jackson-dataformat-xml": _JACKSON,
    "fmtlib/fmt": Repository(language="c", parser="multi-swe-ctest", recipe=_CTEST),
    "google/gson": Repository(language="java", parser="multi-swe-gson", recipe=_MAVEN),
    "googlecontainertools/jib": Repository(language="java", parser="multi-swe-gradle-cached", gradle=True),
    "grpc/grpc-go": Repository(language="go", parser="multi-swe-go-parents", recipe=_GO),
    "iamkun/dayjs": Repository(
        language="js",
        parser="multi-swe-jest",
        recipe=Recipe(
            prepare=(
                "npm uninstall rollup",
                "npm install rollup@latest --save-dev",
                "npm install --legacy-peer-deps || npm install --force || true",
            ),
            commands=("npm test -- --verbose",),
        ),
    ),
    "jqlang/jq": Repository(
        language="c",
        parser="multi-swe-automake",
        recipe=Recipe(
            commands=(
                "autoreconf -i",
                "./configure --with-oniguruma=builtin",
                "make clean",
                "make -j8",
                "make check",
            ),
        ),
    ),
    "kong/insomnia": Repository(
        language="js",
        parser="multi-swe-insomnia",
        recipe=Recipe(prepare=("npm ci",), commands=("npm test -- --verbose",)),
    ),
    "mockito/mockito": Repository(language="java", parser="multi-swe-gradle", gradle=True),
    "mui/material-ui": Repository(language="js", parser="multi-swe-mui"),
    "nlohmann/json": Repository(language="c", parser="multi-swe-ctest"),
    "nushell/nushell": _RUST,
    "ponylang/ponyc": Repository(language="c", parser="multi-swe-gtest"),
    "rayon-rs/rayon": _RUST,
    "serde-rs/serde": _RUST,
    "sharkdp/bat": _RUST,
    "sharkdp/fd": _RUST,
    "simdjson/simdjson": Repository(
        language="c",
        parser="multi-swe-ctest",
        recipe=Recipe(
            packages=_CMAKE,
            prepare=_BUILD,
            commands=("cd build", _SIMDJSON, "cmake --build .", "ctest"),
        ),
    ),
    "sveltejs/svelte": Repository(
        language="js",
        parser="multi-swe-vitest",
        recipe=Recipe(
            prepare=("pnpm install --frozen-lockfile || true",), commands=("pnpm test -- --reporter verbose",)
        ),
    ),
    "tokio-rs/bytes": _RUST,
    "tokio-rs/tokio": _RUST,
    "tokio-rs/tracing": _RUST,
    "vuejs/core": Repository(
        language="js",
        parser="multi-swe-vitest",
        recipe=Recipe(
            prepare=("pnpm install || true",), commands=("pnpm run test-unit --no-watch --reporter=verbose",)
        ),
    ),
    "yhirose/cpp-httplib": Repository(
        language="c",
        parser="multi-swe-gtest",
        recipe=Recipe(
            packages=("libssl-dev", "zlib1g-dev", "libbrotli-dev", "libcurl4-openssl-dev"),
            commands=("cd test", "make"),
        ),
    ),
    "zeromicro/go-zero": Repository(language="go", parser="multi-swe-go-parents", recipe=_GO),
}


def repository(org: str, repo: str) -> Repository:
    """Look up a repository, whatever the case of its name. Raises UsageError for one that is not supported."""
    found = REPOSITORIES.get(f"{org}/{repo}".lower())
    if found is None:
        raise UsageError(
            f"{org}/{repo} is not supported: there is no parser for its logs. Supported are the 39 repositories of "
            "Multi-SWE-bench's seven languages; Python's instances of the mini set are SWE-bench's (swe-bench-verified)"
        )
    return found

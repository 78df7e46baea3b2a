"""Which parser SWE-bench 4 uses for the repository of a row, written from its mapping as data."""

from __future__ import annotations

from boxscore import UsageError

REPOSITORIES = {
    "cargo": (
        "astral-sh/ruff",
        "burntsushi/ripgrep",
        "nushell/nushell",
        "sharkdp/bat",
        "tokio-rs/axum",
        "tokio-rs/tokio",
        "uutils/coreutils",
    ),
    "ant": ("projectlombok/lombok",),
    "calypso": ("automattic/wp-calypso",),
    "chart-js": ("chartjs/chart.js",),
    "django": ("django/django",),
    "doctest": ("nlohmann/json",),
    "go": (
        "caddyserver/caddy",
        "gin-gonic/gin",
        "gohugoio/hugo",
        "hashicorp/terraform",
        "prometheus/prometheus",
    ),
    "googletest": ("fmtlib/fmt",),
    "gradle": ("apache/lucene", "reactivex/rxjava"),
    "immutable-js": ("immutable-js/immutable-js",),
    "jekyll": ("jekyll/jekyll",),
    "jest": ("babel/babel", "facebook/docusaurus"),
    "jest-files": ("diegomura/react-pdf",),
    "jq": ("jqlang/jq",),
    "karma": ("preactjs/preact",),
    "marked": ("markedjs/marked",),
    "matplotlib": ("matplotlib/matplotlib",),
    "maven-v4": ("apache/druid", "google/gson", "javaparser/javaparser"),
    "micropython": ("micropython/micropython",),
    "p5js": ("processing/p5.js",),
    "phpunit": (
        "briannesbitt/carbon",
        "laravel/framework",
        "php-cs-fixer/php-cs-fixer",
        "phpoffice/phpspreadsheet",
    ),
    "pytest": (
        "dbt-labs/dbt-core",  # specified, but in no mapping: its test command is pytest's
        "marshmallow-code/marshmallow",
        "pallets/flask",
        "pvlib/pvlib-python",
        "pydata/xarray",
        "pylint-dev/astroid",
        "pytest-dev/pytest",
        "pyvista/pyvista",
        "sqlfluff/sqlfluff",
        "swe-bench/humaneval",  # as dbt-core
    ),
    "pytest-options": ("psf/requests", "pydicom/pydicom", "pylint-dev/pylint"),
    "pytest-v2-v4": ("astropy/astropy", "scikit-learn/scikit-learn", "sphinx-doc/sphinx"),
    "redis": ("redis/redis", "valkey-io/valkey"),
    "rspec": ("fastlane/fastlane", "jordansissel/fpm", "rubocop/rubocop"),
    "ruby-unit": ("faker-ruby/faker", "fluent/fluentd"),
    "seaborn": ("mwaskom/seaborn",),
    "sympy": ("sympy/sympy",),
    "tap": ("axios/axios", "mrdoob/three.js"),
    "vitest": ("vuejs/core",),
}


def repository_parser(repo: str) -> str:
    """Name the parser for a row's `repo`, such as `django/django`, in any case of letters.

    Raises UsageError for a repository that SWE-bench 4 has no parser for.
    """
    wanted = repo.lower()
    for parser, repositories in REPOSITORIES.items():
        if wanted in repositories:
            return parser
    raise UsageError(f"SWE-bench has no log parser for {repo!r}: give the row a log_parser")

"""`boxscore images digests`: which images the tags of published images name today."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from boxscore.cli.output import print_json, say
from boxscore.data.plugin_calls import published_image
from boxscore.errors import DataError, UsageError
from boxscore.images.digests import resolve_digest
from boxscore.run.prepare import load_benchmark

if TYPE_CHECKING:
    from boxscore.run.prepare import Request


def digests_command(request: Request, *, workers: int, mirror: str | None) -> int:
    """Print image name → digest as JSON; exit with 1 if a digest cannot be had.

    Raises UsageError for a benchmark whose instances name no published image.
    """
    benchmark = load_benchmark(request)
    named = (published_image(benchmark.harness, one) for one in benchmark.asked)
    images = list(dict.fromkeys(name for name in named if name))
    if not images:
        raise UsageError(f"instances of {benchmark.harness.name} name no published images")
    registry = mirror if mirror is None or "://" in mirror else f"https://{mirror}"

    def ask(image: str) -> str | DataError:
        try:
            return resolve_digest(image, registry=registry)
        except DataError as error:
            return error

    with ThreadPoolExecutor(max_workers=workers) as pool:
        found = dict(zip(images, pool.map(ask, images), strict=True))
    for problem in found.values():
        if isinstance(problem, DataError):
            say(str(problem))
    digests = {image: digest for image, digest in found.items() if isinstance(digest, str)}
    print_json(digests)
    return 0 if len(digests) == len(images) else 1

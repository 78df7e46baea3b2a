"""Find the file of a benchmark's data: given, in a data folder, bundled, in the cache, or fetched into the cache."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.cache import cache_folder
from boxscore.errors import DataError, InputError
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.harness import DataSource

MAX_FETCH_BYTES = 512 << 20
CHUNK_BYTES = 1 << 18
ATTEMPTS = 3
TIMEOUT_S = 30.0  # of a server that says nothing


class DataFile(Struct, frozen=True, kw_only=True):
    """A file of rows; `published` says whether it is the published one (None: no checksum is published)."""

    path: Path
    sha256: str
    published: bool | None


def resolve(source: DataSource, *, data: Path | None = None) -> DataFile:
    """Find the file of a source, fetching it where it is nowhere on this machine.

    Looks at `data` (a file, or a data folder), `path` itself where it is absolute, the folder that BOXSCORE_DATA names,
    what ships with boxscore, the cache. A file that a user names may differ from the published one: `published` then is
    False.

    Raises:
        InputError: `data` does not exist or cannot be read.
        DataError: The file is nowhere and cannot be fetched, or what is fetched is not the published file.
    """
    if data is not None:
        return _checked(_given(source, data), source)
    if Path(source.path).is_absolute():
        return _checked(Path(source.path), source)
    named = os.environ.get("BOXSCORE_DATA")
    if named and (Path(named) / source.path).is_file():
        return _checked(Path(named) / source.path, source)
    if source.bundled:
        path = folder("instances") / source.path
        if not path.is_file():
            raise DataError(f"{path}, which ships with boxscore, is missing: install boxscore again")
        return _checked(path, source)
    kept = _place(source)
    if kept.is_file():
        found = _checked(kept, source)
        if found.published is not False:
            return found
    try:
        return _fetch(source, kept)
    except DataError as error:
        place = f"{named}, which BOXSCORE_DATA names, has no" if named else "in a data folder the file is"
        raise DataError(f"{error}; {place} {source.path}") from error


def fetch(source: DataSource) -> Path:
    """Have the published file of a source on this machine, as `resolve` finds it, and give its path.

    Raises:
        DataError: It is nowhere and cannot be fetched, or what there is is not the published file.
    """
    found = resolve(source)
    if found.published is False:
        raise DataError(f"{found.path} is not the published file: its sha256 is {found.sha256}, not {source.sha256}")
    return found.path


def _given(source: DataSource, data: Path) -> Path:
    if not data.is_dir():
        return data
    below = Path(source.path)
    own = Path(*below.parts[1:])  # where the folder is the benchmark's own, as a clone of its repository is
    for path in (data / below, data / own, data / below.name):
        if path.is_file():
            return path
    raise InputError(f"the data folder has no file {source.path}", path=data)


def _checked(path: Path, source: DataSource) -> DataFile:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    return DataFile(path=path, sha256=digest, published=None if source.sha256 is None else digest == source.sha256)


def _place(source: DataSource) -> Path:
    """Where the cache keeps a source: by its checksum, else by the place it comes from."""
    origin = repr((source.url, source.hub, source.path)).encode()
    name = source.sha256 or hashlib.sha256(origin).hexdigest()
    return cache_folder() / "data" / name / Path(source.path).name


def _fetch(source: DataSource, kept: Path) -> DataFile:
    url, headers = _address(source)
    if url is None:
        raise DataError(f"{source.path} is not here: name its folder with --data or BOXSCORE_DATA")
    part = kept.with_name(f".fetch-{secrets.token_hex(6)}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        part.touch(exist_ok=False)
    except OSError as error:
        raise DataError(f"{kept.parent} cannot be written: {error.strerror}; BOXSCORE_CACHE names another") from error
    try:
        download(url, headers, part)
        found = _checked(part, source)
        if found.published is False:
            raise DataError(
                f"{url} is not the published file: its sha256 is {found.sha256}, not {source.sha256}; "
                f"to use a file of your own, name it with --data"
            )
        part.replace(kept)
    finally:
        part.unlink(missing_ok=True)
    return DataFile(path=kept, sha256=found.sha256, published=found.published)


def _address(source: DataSource) -> tuple[str | None, dict[str, str]]:
    if source.url is not None or source.hub is None:
        return source.url, {}
    from huggingface_hub import hf_hub_url  # noqa: PLC0415 - heavy, and needed to fetch only
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined] # noqa: PLC0415 - as above

    repository, revision, file = source.hub
    return hf_hub_url(repository, file, repo_type="dataset", revision=revision), build_hf_headers()


def download(url: str, headers: dict[str, str], part: Path) -> None:
    """Write what is at `url` to `part`, a bounded number of bytes; tries again what may pass.

    Raises DataError, which says whether the network or the disk is in trouble.
    """
    import requests  # noqa: PLC0415 - heavy, and needed to fetch only
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential  # noqa: PLC0415 - as above

    def passing(error: BaseException) -> bool:
        response = getattr(error, "response", None)
        if response is not None:
            return bool(response.status_code == requests.codes.too_many_requests or response.status_code >= 500)  # noqa: PLR2004
        return isinstance(error, requests.RequestException)

    attempt: Callable[..., None] = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.2, max=5),
        retry=retry_if_exception(passing),
        reraise=True,
    ).wraps(_stream)
    try:
        attempt(url, headers, part)
    except requests.RequestException as error:
        raise DataError(
            f"cannot fetch {url}: {_cause(error)}; without a network, name a folder with the data with --data "
            f"or BOXSCORE_DATA"
        ) from error
    except OSError as error:
        raise DataError(f"{part.parent} cannot be written: {error.strerror or error}") from error


def _stream(url: str, headers: dict[str, str], part: Path) -> None:
    import requests  # noqa: PLC0415 - as in `download`

    # A server that encodes what it sends would change the bytes that the checksum is of.
    asked = {**headers, "Accept-Encoding": "identity"}
    with requests.get(url, headers=asked, stream=True, timeout=TIMEOUT_S) as response, part.open("wb") as file:
        response.raise_for_status()
        size = 0
        for chunk in response.iter_content(CHUNK_BYTES):
            size += len(chunk)
            if size > MAX_FETCH_BYTES:
                raise DataError(f"{url} is larger than {MAX_FETCH_BYTES >> 20} MiB, the most that is fetched")
            file.write(chunk)


def _cause(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"status {response.status_code}"
    # requests wraps what went wrong twice, and repeats the address before it comes to that.
    reason = getattr(error.args[0] if error.args else None, "reason", None) or error
    return " ".join(str(reason).split())[:300]

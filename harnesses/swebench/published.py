"""Published images: by their digest, and with what they say in `ENV`, of which a box gives its programs nothing."""

from __future__ import annotations

from boxscore import UsageError, pinned_image, save_variables

from .dockerfile import run

_FILE = "/opt/boxscore/environment"
# A box gives Chrome no right to make a sandbox of its own; it is one itself, without a network.
_CHROME = (
    "for name in google-chrome google-chrome-stable; do if grep -qs chrome-pinned /usr/bin/$name; then"
    """ sed -i 's#/chrome "#/chrome --no-sandbox --disable-dev-shm-usage "#' /usr/bin/$name; fi; done"""
)
LOAD = f"source {_FILE}"


def only_published(image: str, digest: str | None, data_set: str) -> str:
    """A published image by its digest, of a data set whose images are not built here.

    Raises UsageError where the digest is not known.
    """
    if digest is None:
        raise UsageError(
            f"the digest of {image} is not known, and {data_set}'s images are not built here: "
            "write it down with `boxscore images digests` and name the file with BOXSCORE_DIGESTS"
        )
    return pinned_image(image, digest)


def save_environment() -> str:
    """The instruction that writes the file, which `LOAD` reads, and lets the image's Chrome start in a box."""
    return run("mkdir -p /opt/boxscore", save_variables(_FILE), _CHROME) + "\n"


# Root's home of published images whose programs run as root there, for the ordinary user of a box.
#
# Caches and tools are kept in it, where an ordinary user's programs do not look and often may not.

# Where Go keeps what it built it must be able to write.
LINK_HOME = """shopt -s nullglob dotglob
mkdir -p "$HOME/.cache"
for one in ~root/*; do [[ $one == */.cache ]] || ln -sn "$one" "$HOME/"; done 2>/dev/null
for one in ~root/.cache/*; do [[ $one == */go-build ]] || ln -sn "$one" "$HOME/.cache/"; done 2>/dev/null
shopt -u nullglob dotglob"""
# To change no more than what is closed keeps the layer small.
OPEN_HOME = "find ~root /workspace ! -type l ! -perm -004 -exec chmod a+rX {} + || true"

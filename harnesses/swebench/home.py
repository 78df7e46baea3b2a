"""Root's home of published images whose programs run as root there, for the ordinary user of a box.

Caches and tools are kept in it, where an ordinary user's programs do not look and often may not.
"""

from __future__ import annotations

# Where Go keeps what it built it must be able to write.
LINK_HOME = """shopt -s nullglob dotglob
mkdir -p "$HOME/.cache"
for one in ~root/*; do [[ $one == */.cache ]] || ln -sn "$one" "$HOME/"; done 2>/dev/null
for one in ~root/.cache/*; do [[ $one == */go-build ]] || ln -sn "$one" "$HOME/.cache/"; done 2>/dev/null
shopt -u nullglob dotglob"""
# To change no more than what is closed keeps the layer small.
OPEN_HOME = "find ~root /workspace ! -type l ! -perm -004 -exec chmod a+rX {} + || true"

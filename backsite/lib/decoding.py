"""Strangers' pictures are decoded in a process of their own, which may be lost.

A picture of 50 million pixels takes up to 500 MB while it is decoded, and a decoder that a file
leads astray may take more, run for ever or crash. The child has a ceiling for its memory and
its time and nothing of the site in it: no settings, no secrets, no database. What comes back
has at most some megabytes.
"""

from __future__ import annotations

import io
import json
import logging
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from . import images
from .images import Decoded, Facts, Unusable

# Measured for the largest pictures of each kind: 583 MB at most (a moving WebP of 20 million
# pixels, a GIF of 50 million).
MOST_MEMORY: Final = 1024**3
# The same pictures take eight seconds at most on one slow core.
MOST_SECONDS: Final = 30
# On a machine that is busy with other things.
PATIENCE: Final = 120
# One picture at a time in each process of the site: ten at once would be ten times the memory.
TURN: Final = threading.Lock()

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT_OF_THE_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR")

TOO_HEAVY: Final = (
    "This picture takes more memory or time to open than there is. Save it smaller and try again."
)
BUSY: Final = "Other pictures are being opened at this moment. Try again in a minute."

logger = logging.getLogger(__name__)


class Lost(Unusable):
    """Its process was lost, or it never got one: another time may do."""


def decoded(content: bytes, side: int) -> Decoded:
    """`images.decode` in a child. Raises Unusable, in words for whoever chose the file."""
    images.check_bytes(len(content))
    if not TURN.acquire(timeout=PATIENCE):
        raise Lost(BUSY)
    try:
        done = _run(content, side)
    finally:
        TURN.release()
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        logger.warning("Decoding a picture ended with %d. %s", done.returncode, said)
        raise Lost(TOO_HEAVY)
    head, _, rest = done.stdout.partition(b"\n")
    answer: dict[str, Any] = json.loads(head)
    if "refused" in answer:
        raise Unusable(answer["refused"])
    picture = images.from_bytes(answer["mode"], tuple(answer["size"]), rest)
    return Decoded(Facts(**answer["facts"]), picture, answer["drawing"])


def _run(content: bytes, side: int) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [sys.executable, "-m", __name__, str(side)],
            input=content,
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={name: os.environ[name] for name in KEPT_OF_THE_ENVIRONMENT if name in os.environ},
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise Lost(TOO_HEAVY) from error


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(side: int) -> None:
    """In the child: a file on standard input; on standard output a line of JSON, then the
    pixels."""
    _limit()
    try:
        made = images.decode(io.BytesIO(sys.stdin.buffer.read()), side)
    except Unusable as error:
        heavy = isinstance(error.__cause__, MemoryError)
        _answer({"refused": TOO_HEAVY if heavy else str(error)})
        return
    facts = vars(made.facts)
    size, mode = made.picture.size, made.picture.mode
    _answer({"facts": facts, "drawing": made.drawing, "mode": mode, "size": size})
    sys.stdout.buffer.write(made.picture.tobytes())


def _answer(words: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(words).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))

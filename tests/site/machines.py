"""Several machines on this one: each in a network namespace of its own where we may make some,
else on a loopback address of its own. They share nothing but the database."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.site.running import free_port


@dataclass(frozen=True)
class Machine:
    """`before` stands before every command that is to run on it."""

    address: str
    port: int
    before: tuple[str, ...] = ()


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    with ExitStack() as stack:
        try:
            yield [stack.enter_context(_namespace(number)) for number in range(count)]
            return
        except NoNamespaces:
            stack.close()
        yield [Machine(f"127.0.0.{number + 2}", free_port()) for number in range(count)]


class NoNamespaces(Exception):
    """Not root, no iproute2, or a container that may not."""


@contextmanager
def _namespace(number: int) -> Iterator[Machine]:
    """With a cable to ours; the addresses are those kept for tests of networks (RFC 2544)."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        raise NoNamespaces
    own = f"{os.getpid() % 100_000}-{number}"
    name, here, there = f"site-{own}", f"sa{own}", f"sb{own}"
    network = f"198.18.{os.getpid() % 250}.{4 * number}"
    ours, theirs = (f"{network.rpartition('.')[0]}.{4 * number + last}" for last in (1, 2))
    try:
        _ip("netns", "add", name)
        try:
            _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
            _ip("addr", "add", f"{ours}/30", "dev", here)
            _ip("link", "set", here, "up")
            _ip("-n", name, "addr", "add", f"{theirs}/30", "dev", there)
            _ip("-n", name, "link", "set", there, "up")
            _ip("-n", name, "link", "set", "lo", "up")
        except subprocess.CalledProcessError:
            _ip("netns", "del", name)
            raise
    except subprocess.CalledProcessError as error:
        raise NoNamespaces from error
    try:
        yield Machine(theirs, free_port(), ("ip", "netns", "exec", name))
    finally:
        _ip("netns", "del", name)  # and the cable with it


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)

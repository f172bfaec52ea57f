"""A real mail server for the tests of the mailbox: Debian's Dovecot, IMAP and POP3.

It is installed when it is missing, and runs with a configuration and a folder of its own,
as nobody in particular; the machine's own service is neither used nor started.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.lib.waiting import wait_until

PACKAGES = ("dovecot-imapd", "dovecot-pop3d")
PROGRAM = "/usr/sbin/dovecot"
NO_SERVICE = Path("/usr/sbin/policy-rc.d")
PASSWORD = "tell/nobody@all"  # of a server that lives for seconds
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
"""


class NoServerError(Exception):
    """The message says what to install."""


@dataclass(frozen=True)
class MailHost:
    folder: Path
    ports: dict[str, int]
    authority: Path

    def put(self, user: str, *mails: bytes) -> None:
        """Delivers to a mailbox, which is made when it is not there."""
        with self._session(user) as server:
            for mail in mails:
                server.append("INBOX", "", imaplib.Time2Internaldate(0), mail)

    def lies_in(self, user: str, folder: str = "INBOX") -> list[bytes]:
        with self._session(user) as server:
            server.select(folder, readonly=True)
            _, found = server.search(None, "UNDELETED")
            fetched = [
                server.fetch(number.decode(), "(BODY.PEEK[])")[1] for number in found[0].split()
            ]
            return [part[1] for data in fetched for part in data if isinstance(part, tuple)]

    @contextmanager
    def _session(self, user: str) -> Iterator[imaplib.IMAP4]:
        server = imaplib.IMAP4("127.0.0.1", self.ports["imap"])
        try:
            server.login(user, PASSWORD)
            yield server
        finally:
            server.logout()


def find() -> str:
    """Path of the program, installed by root where it is missing."""
    if found := shutil.which("dovecot") or (Path(PROGRAM).exists() and PROGRAM):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        if Path(PROGRAM).exists():
            return PROGRAM
    raise NoServerError(
        "The tests of the mailbox need Dovecot: apt install dovecot-imapd dovecot-pop3d."
    )


def _install() -> None:
    """Its files only: while they are unpacked, Debian is told to start no service."""
    mark = not NO_SERVICE.exists()
    if mark:
        NO_SERVICE.write_text("#!/bin/sh\nexit 101\n")
        NO_SERVICE.chmod(0o755)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        for command in (
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES],
        ):
            subprocess.run(command, check=False, capture_output=True, env=environment)
    finally:
        if mark:
            NO_SERVICE.unlink()


@contextmanager
def mail_host() -> Iterator[MailHost]:
    program = find()
    folder = Path(tempfile.mkdtemp(prefix="mailhost-"))
    try:
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        host = _prepared(folder, owner)
        running = subprocess.Popen(
            [program, "-F", "-c", str(folder / "dovecot.conf")],
            user=owner.pw_uid if os.geteuid() == 0 else None,
            group=owner.pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: _answers(host.ports["imap"]) or running.poll() is not None)
            if running.poll() is not None:
                said = (folder / "log").read_text() if (folder / "log").exists() else ""
                raise NoServerError(f"Dovecot does not start here. {said}")
            yield host
        finally:
            running.terminate()
            running.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(folder: Path, owner: pwd.struct_passwd) -> MailHost:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "server.pem")
    )
    ports = dict(zip(("imap", "imaps", "pop3", "pop3s"), _free_ports(4), strict=True))
    names = {"user": owner.pw_name, "group": grp.getgrgid(owner.pw_gid).gr_name}
    text = CONFIGURATION.format(folder=folder, password=PASSWORD, **ports, **names)
    (folder / "dovecot.conf").write_text(text)
    for name in ("run", "state", "mail", "home"):
        (folder / name).mkdir()
    for path in (folder, *folder.iterdir()):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    return MailHost(folder, ports, folder / "authority.pem")


def _free_ports(count: int) -> list[int]:
    """Dovecot takes no port 0; somebody else taking one of these meanwhile is unlikely."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True

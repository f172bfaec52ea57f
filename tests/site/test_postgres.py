"""The private PostgreSQL server: it is there while somebody needs it, whatever was
killed before, and keeps what was saved."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from backsite.lib.postgres import PostgresError, Server, process

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Open to every account, as a checkout usually is; pytest's own folders are not."""
    path = Path(tempfile.mkdtemp(prefix="backsite-test-"))
    path.chmod(0o755)
    return path


def discard(server: Server) -> None:
    server.stop()
    shutil.rmtree(server.place.home, ignore_errors=True)
    shutil.rmtree(server.place.data.parent, ignore_errors=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(folder() / "var")
    made.start()
    yield made
    discard(made)


@pytest.fixture
def fresh() -> Iterator[Server]:
    made = Server(folder() / "var")
    yield made
    discard(made)


def query(server: Server, words: str) -> Any:
    at = server.connection
    connection = psycopg2.connect(
        dbname=at["NAME"],
        user=at["USER"],
        password=at["PASSWORD"],
        host=at["HOST"],
        port=at["PORT"],
    )
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(words)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def postmaster(server: Server) -> int:
    pid = process.postmaster(server.place.cluster)
    assert pid in process.inhabitants(server.place.cluster)
    return pid


def kill(pid: int) -> None:
    """Returns when it is dead; whoever started it may not have noticed yet."""
    watched = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PIDFD, watched, os.WEXITED | os.WNOWAIT)
    os.close(watched)


USER_PROCESS = """
import sys
from pathlib import Path
from backsite.lib.postgres import Server
with Server(Path(sys.argv[1])).in_use():
    print("up", flush=True)
    sys.stdin.read()
"""


def user_process(server: Server) -> subprocess.Popen[str]:
    """Another process that uses the server until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", USER_PROCESS, str(server.place.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_it_holds_text_in_utf8_and_saves_for_good(server: Server) -> None:
    state = query(
        server,
        "SELECT current_setting('server_encoding'), current_setting('fsync'), "
        "current_setting('timezone'), lower('ÄÉŁ')",
    )
    assert state == ("UTF8", "on", "UTC", "äéł")


def test_it_listens_on_no_network(server: Server) -> None:
    assert query(server, "SELECT current_setting('listen_addresses')") == ("",)


def test_it_gives_the_site_no_more_rights_than_it_needs(server: Server) -> None:
    rights = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert query(server, rights) == (False, True)
    assert server.place.password_file.stat().st_mode & 0o077 == 0


def test_it_lets_nobody_in_without_the_password(server: Server) -> None:
    for user in ("backsite", "postgres"):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(
                dbname="postgres", user=user, password="guess", host=server.connection["HOST"]
            )


def test_its_processes_are_never_root(server: Server) -> None:
    assert Path(f"/proc/{postmaster(server)}").stat().st_uid != 0


def test_starting_it_again_changes_nothing(server: Server) -> None:
    before = postmaster(server)
    Server(server.place.data).start()
    assert postmaster(server) == before


def test_it_comes_back_after_a_kill_with_everything_that_was_saved(server: Server) -> None:
    query(server, "CREATE TABLE kept AS SELECT 'a comment' AS words")
    killed = postmaster(server)
    kill(killed)
    # Another object, so that nobody has buried the dead process yet.
    Server(server.place.data).start()
    assert postmaster(server) != killed
    assert query(server, "SELECT words FROM kept") == ("a comment",)


def test_it_knows_at_once_that_it_was_killed(server: Server) -> None:
    kill(postmaster(server))
    assert not server.running()
    server.start()
    assert server.running()


def test_it_is_not_misled_by_a_pid_file_from_another_life(server: Server) -> None:
    server.stop()
    account = server.place.account()
    stranger = subprocess.Popen(["sleep", "1000"], **account.popen())
    lines = f"{stranger.pid}\n{server.place.cluster}\n1\n5432\n\n\n"
    (server.place.cluster / "postmaster.pid").write_text(lines)
    try:
        server.start()
        assert postmaster(server) != stranger.pid
    finally:
        stranger.kill()
        stranger.wait()


def test_it_goes_when_the_last_user_leaves(fresh: Server) -> None:
    with fresh.in_use():
        with Server(fresh.place.data).in_use():
            assert fresh.running()
        assert fresh.running()
    assert not fresh.running()
    assert process.inhabitants(fresh.place.cluster) == set()


def test_two_may_start_it_at_once_and_one_may_leave(fresh: Server) -> None:
    one, two = user_process(fresh), user_process(fresh)
    assert one.stdout
    assert two.stdout
    assert (one.stdout.readline(), two.stdout.readline()) == ("up\n", "up\n")
    one.communicate()
    assert fresh.running()
    two.communicate()
    assert (one.returncode, two.returncode) == (0, 0)
    assert not fresh.running()


def test_a_user_that_was_killed_counts_no_longer(fresh: Server) -> None:
    victim = user_process(fresh)
    assert victim.stdout
    assert victim.stdout.readline() == "up\n"
    server = os.pidfd_open(postmaster(fresh))
    with Server(fresh.place.data).in_use():
        victim.kill()
        victim.communicate()
        assert fresh.running()
    assert select.select([server], [], [], 0)[0], "the server goes on for nobody"
    os.close(server)


def test_it_does_not_outlive_its_users_when_all_are_killed(fresh: Server) -> None:
    victim = user_process(fresh)
    assert victim.stdout
    assert victim.stdout.readline() == "up\n"
    server = os.pidfd_open(postmaster(fresh))
    victim.kill()
    victim.communicate()
    assert select.select([server], [], [], 20)[0], "the server goes on for nobody"
    os.close(server)


def test_an_interrupted_set_up_is_begun_again(fresh: Server) -> None:
    fresh.prepare()
    half = fresh.place.home / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    fresh.start()
    assert query(fresh, "SELECT 1") == (1,)


def test_asking_for_the_connection_writes_nothing(fresh: Server) -> None:
    assert fresh.connection["PASSWORD"] == ""
    assert not fresh.place.data.exists()


def test_it_finds_a_short_socket_for_a_long_path() -> None:
    deep = Server(folder() / ("a long name " * 9) / "var")
    try:
        deep.start()
        assert len(str(deep.place.socket)) < 100
        assert deep.place.socket_folder.stat().st_mode & 0o077 == 0
        assert query(deep, "SELECT 1") == (1,)
    finally:
        deep.stop()
        shutil.rmtree(deep.place.socket_folder)
        shutil.rmtree(deep.place.data.parents[1])


def test_it_works_in_a_folder_that_nobody_else_may_enter() -> None:
    closed = folder()
    closed.chmod(0o700)
    server = Server(closed / "var")
    try:
        server.start()
        assert query(server, "SELECT 1") == (1,)
        assert (closed / "var" / "postgres").exists()
    finally:
        discard(server)


def test_it_says_that_the_folder_cannot_be_used() -> None:
    ground = folder()
    (ground / "file").touch()
    with pytest.raises(PostgresError, match=r"file/var cannot be used: Not a directory"):
        Server(ground / "file" / "var").start()
    shutil.rmtree(ground)


def test_it_never_begins_anew_where_the_files_have_gone(fresh: Server) -> None:
    fresh.place.data.mkdir()
    (fresh.place.data / "postgres").symlink_to(fresh.place.data / "elsewhere")
    with pytest.raises(PostgresError, match="are gone: bring them back"):
        fresh.start()


def test_it_does_not_touch_files_of_another_version(fresh: Server) -> None:
    fresh.start()
    fresh.stop()
    (fresh.place.cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(PostgresError, match="was made by PostgreSQL 16"):
        fresh.start()


def test_it_repeats_why_the_server_did_not_start(fresh: Server) -> None:
    fresh.start()
    fresh.stop()
    (fresh.place.cluster / "postgresql.conf").write_text("shared_buffers = nonsense\nx = 1\n")
    with pytest.raises(PostgresError, match=r"did not start: .*postgres\.log"):
        fresh.start()


def test_a_normal_user_needs_nobody_elses_help() -> None:
    """As root we become one, in a child process; otherwise we are one."""
    ground = folder()
    server = Server(ground / "var")
    if os.geteuid() == 0:
        _as_a_normal_user(ground, server)
    else:
        server.start()
        server.stop()
    assert (server.place.cluster / "PG_VERSION").exists()
    assert process.inhabitants(server.place.cluster) == set()
    shutil.rmtree(ground)


def _as_a_normal_user(ground: Path, server: Server) -> None:
    from backsite.lib.postgres import account, binaries

    nobody = account.Account("nobody", 65534, 65534)
    programs = binaries.folder_for(nobody)  # this checkout may be closed to others
    os.chown(ground, nobody.uid, nobody.gid)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(nobody.gid)
            os.setuid(nobody.uid)
            binaries.folder_for = lambda account: programs
            server.start()
            code = 0 if server.running() else 2
            server.stop()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert server.place.cluster.stat().st_uid == nobody.uid

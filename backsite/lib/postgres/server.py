from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backsite.lib.postgres import binaries, cluster, process
from backsite.lib.postgres.account import Account
from backsite.lib.postgres.errors import PostgresError
from backsite.lib.postgres.place import PORT, Place
from backsite.lib.postgres.wire import Answer, ask

PAUSE = 0.02  # seconds between two looks
START_PATIENCE = 30.0  # seconds; recovery after a crash may take longer and is waited for
# Seconds for each way of asking a server to stop, in this order: an orderly end; an end
# without a checkpoint (its log makes up for it at the next start); the end.
STOPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
PASSING_TROUBLES = ("pre-existing shared memory block", 'lock file "')


class Server:
    """The private server of one data folder. Any number of these objects, in any number
    of processes, speak of the same server."""

    def __init__(self, data: Path) -> None:
        self.place = Place(data)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def connection(self) -> dict[str, object]:
        """For Django's DATABASES. Starts nothing, writes nothing; before the first start
        the password is empty."""
        return {
            "NAME": cluster.DATABASE,
            "USER": cluster.ROLE,
            "PASSWORD": self.place.password(),
            "HOST": str(self.place.socket_folder),
            "PORT": PORT,
        }

    def running(self) -> bool:
        """Whether it takes connections now."""
        if self._process:
            self._process.poll()  # buries it, should it have died
        return self._answer() is Answer.READY

    def prepare(self) -> None:
        """Settles where everything is, so that `connection` is final. Raises
        PostgresError when the data folder cannot be used."""
        with self._troubles_as_words(), self._data_folder(), self.place.locked():
            self.place.prepare()

    def start(self) -> None:
        """Returns when it takes connections; nothing to do when it does already.
        Raises PostgresError."""
        with self._troubles_as_words(), self._data_folder(), self.place.locked():
            self._start()

    def stop(self) -> None:
        """Returns when its last process has gone."""
        if not self.place.data.exists():
            return
        with self._troubles_as_words(), self.place.locked():
            self._stop()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """The server is there inside the block. Commands may share it: the last one out
        stops it. One that was killed counts no longer."""
        with self._troubles_as_words(), self._data_folder(), self.place.locked():
            self._start()
            users = self.place.hold("postgres.users", fcntl.LOCK_SH)
            guard = self._set_guard()
        try:
            yield
        finally:
            with self._troubles_as_words(), self.place.locked():
                os.close(users)
                unused = self._stop_unless_used()
            if guard and unused:
                guard.wait()

    def _set_guard(self) -> subprocess.Popen[bytes] | None:
        """One process waits for the users to end, should they all be killed."""
        try:
            os.close(self.place.hold("postgres.guard", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return None
        return subprocess.Popen(
            [sys.executable, "-m", "backsite.lib.postgres.guard", self.place.data],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def guard(self) -> None:
        """Returns when nobody uses the server and it has stopped."""
        try:
            mine = self.place.hold("postgres.guard", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        unused = False
        while not unused:
            # Waits here. Held no longer than that: a starting user must not wait for us
            # while we wait for it.
            os.close(self.place.hold("postgres.users", fcntl.LOCK_EX))
            with self.place.locked():
                if unused := self._stop_unless_used():
                    os.close(mine)  # inside: the next user then sets a guard of its own

    def _stop_unless_used(self) -> bool:
        try:
            alone = self.place.hold("postgres.users", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            self._stop()
        finally:
            os.close(alone)
        return True

    def _start(self) -> None:
        self.place.password()  # another account's server is no server of ours
        if self.running():
            return
        account = self.place.prepare()
        programs = binaries.folder_for(account)
        cluster.ensure(self.place, programs, account)
        self._wait_for_a_leaving_server()
        deadline = time.monotonic() + START_PATIENCE
        while not self._try(programs, account, deadline):
            time.sleep(0.2)

    def _wait_for_a_leaving_server(self) -> None:
        """Somebody else's start or stop, or the orphans of a server that was killed."""
        deadline = time.monotonic() + START_PATIENCE
        while process.inhabitants(self.place.cluster):
            if self.running():
                return
            if time.monotonic() > deadline:
                pid = process.postmaster(self.place.cluster)
                raise PostgresError(
                    f"PostgreSQL (process {pid}) has the database files open but does not "
                    f"answer; see {self.place.log}. If it hangs, end it with: kill -QUIT {pid}"
                )
            time.sleep(PAUSE)
        # Nobody lives on these files: what the lock files say is from another life. The
        # server itself would believe in a zombie, or in a stranger with the old number.
        (self.place.cluster / "postmaster.pid").unlink(missing_ok=True)
        self.place.socket.with_name(f"{self.place.socket.name}.lock").unlink(missing_ok=True)

    def _try(self, programs: Path, account: Account, deadline: float) -> bool:
        """True: it runs. False: it did not yet, for a reason that passes."""
        if self.running():
            return True
        log = self.place.open_log()
        begin = self.place.log.stat().st_size
        try:
            self._process = subprocess.Popen(
                [programs / "postgres", *cluster.options(self.place)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=cluster.environment(),
                start_new_session=True,  # Ctrl-C in its user's terminal is not for it
                **account.popen(),
            )
        finally:
            os.close(log)
        while self._process.poll() is None:
            answer = self._answer()
            if answer is Answer.READY:
                return True
            if answer is Answer.SILENT and time.monotonic() > deadline:
                self._stop()
                raise PostgresError(
                    f"PostgreSQL did not start within {START_PATIENCE:.0f} seconds; "
                    f"see {self.place.log}."
                )
            time.sleep(PAUSE)
        said = self.place.last_words(begin)
        if any(words in said for words in PASSING_TROUBLES) and time.monotonic() < deadline:
            return False
        raise PostgresError(f"PostgreSQL did not start: {said}. More in {self.place.log}.")

    def _stop(self) -> None:
        if not self.place.cluster.exists():
            return
        for how, patience in STOPS:
            everybody = process.inhabitants(self.place.cluster)
            if not everybody:
                return
            first = process.postmaster(self.place.cluster)
            for pid in [first] if first in everybody else everybody:
                with suppress(ProcessLookupError):
                    os.kill(pid, how)
            self._wait_until_gone(patience)
        if process.inhabitants(self.place.cluster):
            raise PostgresError(f"PostgreSQL does not stop; see {self.place.log}.")

    def _wait_until_gone(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self._process:
                self._process.poll()
            if not process.inhabitants(self.place.cluster):
                return
            time.sleep(PAUSE)

    def _answer(self) -> Answer:
        return ask(self.place.socket, cluster.ROLE, cluster.DATABASE)

    @contextmanager
    def _data_folder(self) -> Iterator[None]:
        self.place.data.mkdir(parents=True, exist_ok=True)
        yield

    @contextmanager
    def _troubles_as_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise PostgresError(
                f"The data folder {self.place.data} cannot be used: {error.strerror}{where}. "
                "Choose one that this account can write to: run --data FOLDER, or set "
                "BACKSITE_DATA."
            ) from error

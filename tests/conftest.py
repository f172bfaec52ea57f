"""The browser fixtures.

`page` is a reader with JavaScript, `page_without_js` one without, `staff_page` somebody
who may use the admin (cookies are theirs to have). Each fails its test on an error in the
console, a breach of the content security policy or a request to another host; the
readers' pages also on any cookie.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)
from pytest_django.plugin import DjangoDbBlocker
from whitenoise import WhiteNoise

from backsite.runner import steps
from tests import browser as chromium
from tests import database
from tests.lib.https_server import Authority
from tests.lib.waiting import wait_until

WIDE = ViewportSize(width=1280, height=900)
PATIENCE = 30_000  # milliseconds for one step in the browser, on a busy machine too
expect.set_options(timeout=PATIENCE)  # Playwright gives an expectation five seconds


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """The processes of one run share the machine, its browser and the static files."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# Files that take a minute or two each, because they start, kill and start again.
LONGEST: Final = (
    "test_the_database_is_killed.py",
    "test_senders_are_killed.py",
    "test_bootstrap.py",
    "test_reply_notices_outlive_a_killed_worker.py",
    "test_pages_are_exactly_fresh.py",
    "test_behind_nginx.py",
    "test_hostile_words.py",
    "test_postgres.py",
    "test_importing.py",
    "test_mail_worker_killed.py",
    "test_editor.py",
    "test_editor_round_trip.py",
    "test_people_stand_above_machines.py",
    "test_the_main_job.py",
    "test_the_editors_path.py",
    "test_run.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What fails in a real browser is asked once more, on a new page, and named at the end
    of the run: hundreds of pages in a busy machine's browser let one go wrong for reasons
    that nobody finds again. A cookie, another host, a breach of the policy fail at once. A
    fault that shows seldom can hide behind this; that is why each is named, with what it said
    and which files had not come."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1, rerun_except=BrokenPromiseError.__name__))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """None of them goes by unseen: each is a fault to look for."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"failed the first time: {report.nodeid} ({report.when})")
        terminalreporter.write_line(str(report.longreprtext))


def pytest_collection_finish(session: pytest.Session) -> None:
    """A run with browser tests in it begins with a browser or not at all."""
    wanted = any("browser" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not session.config.option.collectonly:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        say: Callable[[str], None] = reporter.write_line if reporter else print
        try:
            with one_at_a_time("browser"), sync_playwright() as running:
                path = chromium.find(running) or chromium.install(running, say)
        except chromium.NoBrowserError as error:
            pytest.exit(str(error), returncode=1)
        os.environ["CHROMIUM"] = path


@pytest.fixture(scope="session", autouse=True)
def static_files() -> Iterator[None]:
    """Pages name static files by their contents, as they do for readers. They are the same
    for every test: they are looked through once, not again for each client."""
    with one_at_a_time("static"):
        steps.collect_static()
    # Another process may have collected them when this one had looked for their names already.
    named: Any = staticfiles_storage
    named.hashed_files, named.manifest_hash = named.load_manifest()
    look_through = WhiteNoise.update_files_dictionary
    found: dict[str, dict[str, object]] = {}

    def once(server: WhiteNoise, root: str, prefix: str) -> None:
        if root not in found:
            look_through(server, root, prefix)
            found[root] = dict(server.files)
        server.files.update(found[root])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", once)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            database.prepare(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Staff's passwords are made slow to guess, by half a second for each that is made.
    Those that a site under test has made can still be checked."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    with override_settings(PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Signs the certificates of servers that tests play; this process believes it."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


class Unwrapped(WSGIHandler):
    """The live server's thread wraps the site in handlers of its own for static files
    and pictures; readers get those from the site itself, and so do these tests."""

    in_hand: ClassVar[set[object]] = set()

    def __init__(self, wrapped: object) -> None:
        super().__init__()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = object()
        self.in_hand.add(request)
        try:
            return super().__call__(environ, start_response)
        finally:
            self.in_hand.discard(request)

    @classmethod
    def is_idle(cls) -> bool:
        return not cls.in_hand


class Site:
    """The site on a port of its own, in this process. It knows its address: links in
    mails lead to it."""

    def __init__(self) -> None:
        self.thread = LiveServerThread("localhost", Unwrapped, connections_override={})
        self.thread.daemon = True
        self.thread.start()
        self.thread.is_ready.wait()
        if self.thread.error:
            raise self.thread.error
        self.url = f"http://localhost:{self.thread.port}"
        # pytest-django puts these in force around each test that asks for a live server.
        self._live_server_modified_settings = override_settings(
            ALLOWED_HOSTS=["localhost"], SITE_URL=self.url, CSRF_TRUSTED_ORIGINS=[self.url]
        )

    def stop(self) -> None:
        self.thread.terminate()


@pytest.fixture
def no_database(transactional_db: None) -> Iterator[None]:
    """The server is gone: nobody listens where the site looks for it."""
    connection.close()
    real = dict(connection.settings_dict)
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    yield
    connection.close()
    connection.settings_dict.update(HOST=real["HOST"], PORT=real["PORT"])


@pytest.fixture(scope="session")
def live_server() -> Iterator[Site]:
    site = Site()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        # Playwright's synchronous calls keep an event loop in this thread, from which
        # Django then refuses to query. Here nothing else runs in that loop.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(
        executable_path=os.environ["CHROMIUM"], args=chromium.options()
    )
    yield opened
    opened.close()


class BrokenPromiseError(AssertionError):
    """A public page did what none may do, not even once."""


class Watched:
    """What a context's pages did that they must not do: `broken` is what we promise, and
    `complaints` are errors of scripts."""

    def __init__(self, context: BrowserContext, host: str, *, cookies: bool) -> None:
        self.context, self.host, self.cookies = context, host, cookies
        self.broken: list[str] = []
        self.complaints: list[str] = []
        self.lost: list[str] = []
        context.on("page", self._watch)
        context.on("request", lambda request: self._went_to(request.url))

    def _watch(self, page: Page) -> None:
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self._broke(page.url, error))
        page.on(
            "requestfailed", lambda request: self.lost.append(f"{request.url} {request.failure}")
        )

    def _broke(self, address: str, error: Error) -> None:
        """With the place and with what had not come: without them nobody finds the cause of
        an error that shows once in a hundred runs."""
        lost = f"; not loaded: {self.lost}" if self.lost else ""
        self.complaints.append(f"script error at {address}: {error.stack or error}{lost}")

    def _said(self, kind: str, text: str) -> None:
        # The browser reports every answer of 400 and above; pages with errors are tested.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.broken.append(f"console: {text}")

    def _went_to(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.broken.append(f"request to another host: {url}")

    def check(self) -> None:
        if not self.cookies:
            self.broken += [f"cookie: {kept['name']}" for kept in self.context.cookies()]
        if self.broken:
            raise BrokenPromiseError(self.broken)
        assert self.complaints == []


@contextmanager
def opened(
    browser: Browser, address: str, *, javascript: bool = True, cookies: bool = False
) -> Iterator[Page]:
    context = browser.new_context(
        base_url=address, java_script_enabled=javascript, viewport=WIDE, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE)
    watched = Watched(context, urlsplit(address).netloc, cookies=cookies)
    try:
        yield context.new_page()
        watched.check()
    finally:
        context.close()
        # What a page sent as it closed is answered before the tables are emptied.
        wait_until(Unwrapped.is_idle)


@pytest.fixture
def page(browser: Browser, live_server: Site) -> Iterator[Page]:
    with opened(browser, live_server.url) as fresh:
        yield fresh


@pytest.fixture
def page_without_js(browser: Browser, live_server: Site) -> Iterator[Page]:
    with opened(browser, live_server.url, javascript=False) as fresh:
        yield fresh


@pytest.fixture
def staff_page(browser: Browser, live_server: Site) -> Iterator[Page]:
    with opened(browser, live_server.url, cookies=True) as fresh:
        yield fresh

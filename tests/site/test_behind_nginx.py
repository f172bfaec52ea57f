"""The site behind nginx, as `deploy/nginx` says: pages come from nginx, are true, and stay
readable while the site is away."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import URLPattern, URLResolver, get_resolver

from articles.models import Article
from backsite.lib.pagecache.front import Front, Purger
from backsite.lib.pagecache.tags import EVERYTHING
from bench.nginx import NGINX, nginx
from tests.factories import make_article, make_comment
from tests.lib.waiting import wait_until
from tests.site.running import free_port, status
from tests.site.test_pages_are_exactly_fresh import server
from tests.site.watching import watch

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(NGINX is None, reason="nginx is not here: apt install nginx-light"),
]


SECRET = "MTIzOnNlY3JldA:1tabcD"


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Machine:
    """The site, nginx before it, and what tells nginx of changes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.upstream, self.port = folder, free_port(), 0
        self.site: subprocess.Popen[bytes] | None = None
        self.purger = Purger(folder / "pages")

    def start(self) -> None:
        # Far from midnight, where nothing is kept longer than the day lasts.
        noon = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
        self.site = server(
            self.upstream, SHARED_CACHE_SECONDS="60", TRUSTED_PROXIES="1", TIME_ZONE=noon
        )
        wait_until(lambda: status(self.upstream) == 200)

    def stop(self) -> None:
        if self.site is not None:
            self.site.terminate()
            self.site.wait(20)

    def get(self, path: str, **headers: str) -> Got:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Host": f"localhost:{self.upstream}", **sent})
        answer = connection.getresponse()
        pairs = {name.lower(): value for name, value in answer.getheaders()}
        got = Got(answer.status, pairs, answer.read())
        connection.close()
        return got

    def files(self) -> int:
        return sum(path.is_file() for path in (self.folder / "pages").rglob("*"))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    watch()
    made = Machine(tmp_path)
    made.start()
    try:
        made.port = free_port()
        data = Path(settings.STATIC_ROOT).parent
        with nginx(tmp_path, data, made.port, made.upstream):
            purging = threading.Thread(target=made.purger.run, daemon=True)
            purging.start()
            wait_until(made.purger.listening.is_set)
            yield made
            made.purger.stop()
            purging.join(20)
    finally:
        made.stop()


def test_pages_come_from_nginx_are_true_and_outlive_the_site(machine: Machine) -> None:
    article, other = make_article("Walking"), make_article("Swimming")
    path, beside = article.get_absolute_url(), other.get_absolute_url()
    page = machine.get(path, Accept_Encoding="gzip, br")
    assert (page.status, page.headers["content-encoding"]) == (200, "br")
    assert page.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert "cache-tag" not in page.headers
    assert "surrogate-key" not in page.headers
    kept = machine.files()
    assert kept >= 1
    # Where somebody else's browser names the same encodings in other words, it is one page.
    machine.get(path, Accept_Encoding="br;q=1.0, gzip;q=0.8, *;q=0.1")
    assert machine.files() == kept
    assert "Walking" in machine.get(path).text
    etag = machine.get(path).headers["etag"]
    assert machine.get(path, If_None_Match=etag).status == 304

    Article.objects.filter(pk=article.pk).update(title="Walking far")
    wait_until(lambda: "Walking far" in machine.get(path).text)
    comment = make_comment(article, approved=False, text="Does it help?")
    assert "Does it help?" not in machine.get(path).text
    comment.approve(by=None)
    wait_until(lambda: "Does it help?" in machine.get(path).text)
    assert "Swimming" in machine.get(beside).text

    machine.stop()
    for at in (path, beside):
        assert machine.get(at).status == 200
    assert "Does it help?" in machine.get(path).text
    machine.purger.front.expire([EVERYTHING])  # known to be perhaps old, and still better than none
    assert "Does it help?" in machine.get(path).text
    gone = machine.get("/no-page-of-this-name-was-ever-read/")
    assert gone.status == 502
    assert "your words are still in the form" in gone.text

    machine.start()
    assert "Does it help?" in machine.get(path).text


def test_nothing_personal_is_kept_and_files_come_from_the_disk(machine: Machine) -> None:
    article = make_article()
    before = machine.files()
    for path in ("/admin/login/", "/search/?q=back", f"/comments/on/{article.pk}/feed/?x=1"):
        machine.get(path)
    assert machine.files() == before
    page = machine.get(article.get_absolute_url()).text
    static = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    name = default_storage.save("pictures/0123456789abcdef-1/whole-r1-360.webp", ContentFile(b"x"))
    machine.stop()  # nobody else can have answered
    styles = machine.get(static, Accept_Encoding="gzip")
    assert styles.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert styles.headers["content-encoding"] == "gzip"
    picture = machine.get(f"/media/{name}")
    default_storage.delete(name)
    assert (picture.status, picture.headers["content-type"]) == (200, "image/webp")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert machine.get("/static/../secret_key").status in (400, 404, 502)


def test_the_log_holds_no_personal_link_and_no_word_that_was_looked_for(tmp_path: Path) -> None:
    routes = [*_routes(get_resolver().url_patterns)]
    personal = [route for route in routes if "token" in route]
    assert len(personal) > 10
    opened = [re.sub(r"<[^>]*token>", SECRET, route) for route in personal]
    paths = ["/" + re.sub(r"<[^>]*>", "7", path) for path in opened]
    machine = Machine(tmp_path)
    machine.port = free_port()
    with nginx(tmp_path, tmp_path, machine.port, machine.upstream):
        for path in (*paths, "/search/?q=numbness", f"/newsletter/l%65ave/{SECRET}/"):
            machine.get(path, Referer=f"http://localhost{paths[0]}")
        machine.get("/articles/walking/?page=2")
    log = (tmp_path / "backsite.log").read_text()
    assert log.count('"GET /') >= len(paths)
    assert '"GET /articles/walking/ HTTP/1.1" 502' in log
    assert SECRET not in log
    assert "numbness" not in log


def _routes(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for one in patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        else:
            yield route


def test_what_is_not_of_a_known_kind_is_deleted(tmp_path: Path) -> None:
    """Another version of nginx may write other records: then a page is asked for again."""
    file = tmp_path / "a" / ("0" * 31 + "a")
    file.parent.mkdir()
    file.write_bytes(b"\x09" + bytes(400) + b"\nCache-Tag: site,article:7\r\n\r\npage")
    other = tmp_path / "a" / ("0" * 31 + "b")
    other.write_bytes(b"\x05" + bytes(400) + b"\nCache-Tag: site,article:8\r\n\r\npage")
    with file.open("rb") as held:  # as nginx holds what it gives out often
        assert Front(tmp_path).expire(["article:7"]) == 1
        assert held.read(8) == bytes(8)
    assert not file.exists()
    assert other.exists()
    assert Front(tmp_path).expire(["article:9"]) == 0

"""Comments acknowledged per second, all on one article, as browsers send them."""

from __future__ import annotations

import re
import threading
import time
import urllib.parse
import urllib.request
from http.client import HTTPConnection
from typing import Final

from .common import Row, data_folder, median, site

WRITERS: Final = 8
EACH: Final = 60
ARTICLE: Final = "/articles/the-first-weeks-of-back-pain/"


def measure() -> list[Row]:
    with data_folder() as data, site(data) as (address, _):
        page = urllib.request.urlopen(address + ARTICLE, timeout=10).read().decode()
        found = re.search(r'action="(/comments/on/\d+/)', page)
        assert found is not None
        action = found[1]
        speed = median(lambda: posted_per_second(address, action))
    return [
        Row("comments posted to one article", f"{speed:,.0f}/s", "each one saved when answered")
    ]


def posted_per_second(address: str, action: str) -> float:
    host = urllib.parse.urlsplit(address).netloc
    refused: list[int] = []

    def write(writer: int) -> None:
        connection = HTTPConnection(host, timeout=30)
        for number in range(EACH):
            words = {
                "text": f"Writer {writer}, comment {number}, at {time.monotonic_ns()}",
                "name": f"Writer {writer}",
                "email": f"writer{writer}@example.org",
                "website": "",
            }
            body = urllib.parse.urlencode(words)
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": address}
            connection.request("POST", action, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 302:
                refused.append(answer.status)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    begin = time.monotonic()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    if refused:
        raise RuntimeError(f"Comments were refused: {refused[:5]}")
    return WRITERS * EACH / (time.monotonic() - begin)

"""Which pages are kept, for how long, and in how much memory."""

from __future__ import annotations

import gzip
import threading
import time

import brotli

from backsite.lib.pagecache.store import Key, Page, Store

MEGABYTE = 1024 * 1024


def key(path: str) -> Key:
    return Key("site.test", secure=True, path=path, query="")


def page(*tags: str, body: bytes = b"<p>Words</p>", status: str = "200 OK") -> Page:
    headers = [("Content-Type", "text/html")]
    return Page(status, headers, body, frozenset(tags), time.monotonic() + 60)


def test_a_change_drops_just_the_pages_that_show_it() -> None:
    store = Store(MEGABYTE)
    store.put(key("/a/"), page("article:1", "lists"), store.generation)
    store.put(key("/b/"), page("article:2", "lists"), store.generation)
    store.drop(["article:1"])
    assert store.get(key("/a/")) is None
    assert store.get(key("/b/"))
    store.drop(["lists"])
    assert len(store) == 0
    assert store.bytes == 0


def test_a_page_that_was_begun_before_a_change_is_not_kept_after_it() -> None:
    store = Store(MEGABYTE)
    begun = store.generation
    store.drop(["article:1"])
    assert not store.put(key("/a/"), page("article:1"), begun)
    assert store.get(key("/a/")) is None
    assert store.put(key("/b/"), page("article:2"), begun)
    assert store.put(key("/a/"), page("article:1"), store.generation)


def test_a_page_that_was_begun_before_everything_was_forgotten_is_not_kept() -> None:
    store = Store(MEGABYTE)
    begun = store.generation
    store.clear()
    assert not store.put(key("/a/"), page("article:1"), begun)


def test_very_many_changes_are_remembered_by_keeping_nothing_begun_before() -> None:
    store = Store(MEGABYTE)
    begun = store.generation
    store.drop(["article:1"])
    store.drop([f"article:{number}" for number in range(2, 20_000)])
    assert not store.put(key("/a/"), page("article:1"), begun)


def test_it_stays_within_its_bytes_and_what_was_not_asked_for_longest_goes() -> None:
    store = Store(100_000)
    for name in "abcdefgh":
        store.put(key(name), page("t", body=b"x" * 18_000), store.generation)
        store.get(key("a"))
    assert store.bytes <= 100_000
    assert store.get(key("a"))
    assert store.get(key("h"))
    assert store.get(key("b")) is None


def test_an_encoding_that_is_made_later_counts_too() -> None:
    store = Store(120_000)
    for name in "ab":
        store.put(key(name), page("t", body=name.encode() * 26_000), store.generation)
    before = store.bytes
    kept = store.get(key("b"))
    assert kept
    kept.variants["br"] = kept.variant("")._replace(body=b"x" * 60_000)
    store.weigh(key("b"))
    assert store.bytes < before + 60_000
    assert store.get(key("a")) is None


def test_missing_addresses_cannot_push_out_the_pages() -> None:
    store = Store(10 * MEGABYTE)
    store.put(key("/a/"), page("t"), store.generation)
    for number in range(1_000):
        store.put(key(f"/no/{number}/"), page("t", status="404 Not Found"), store.generation)
    assert len(store) == 201
    assert store.get(key("/a/"))


def test_a_page_too_old_to_be_surely_true_is_made_anew() -> None:
    store = Store(MEGABYTE)
    old = page("t")
    old.until = time.monotonic() - 1
    store.put(key("/a/"), old, store.generation)
    assert store.get(key("/a/")) is None
    assert store.bytes == 0


def test_each_encoding_has_the_same_words_and_a_validator_of_its_own() -> None:
    kept = page("t", body=b"<p>Word</p>" * 500)
    plain, packed, small = kept.variant(""), kept.variant("gzip"), kept.variant("br")
    assert gzip.decompress(packed.body) == brotli.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body) / 10
    assert len({plain.etag, packed.etag, small.etag}) == 3
    assert ("Content-Encoding", "br") in small.headers
    assert kept.variant("br") is small


def test_many_threads_leave_it_whole() -> None:
    store = Store(200_000)

    def work(own: int) -> None:
        for number in range(400):
            at = key(f"/{(own * 7 + number) % 20}/")
            store.put(at, page(f"t{number % 5}", body=b"x" * 9_000), store.generation)
            store.get(key(f"/{number % 20}/"))
            if number % 11 == 0:
                store.drop([f"t{own % 5}"])

    threads = [threading.Thread(target=work, args=(own,)) for own in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.bytes == sum(kept.size for kept in store.pages().values()) <= 200_000
    store.drop([f"t{number}" for number in range(5)])
    assert (len(store), store.bytes) == (0, 0)

"""One question to another server: over TLS, within a time, to nobody else."""

from __future__ import annotations

import time

import pytest

from backsite.lib import https
from tests.lib.https_server import Asked, Authority, Reply, serving


def test_a_form_is_sent_and_the_answer_read(authority: Authority) -> None:
    with serving(lambda asked: Reply("true", 200, {"X-Tip": "discard"}), authority) as server:
        answer = https.ask(f"{server.url}/check", {"words": "über & so"}, patience=5)
    assert (answer.status, answer.text, answer.headers["x-tip"]) == (200, "true", "discard")
    assert server.asked[0].fields == {"words": ["über & so"]}


def test_nothing_is_sent_without_tls() -> None:
    with (
        serving(lambda asked: Reply("true")) as server,
        pytest.raises(https.Unreachable, match="without TLS"),
    ):
        https.ask(server.url, {"key": "secret"}, patience=5)
    assert server.asked == []


def test_a_certificate_of_somebody_unknown_is_not_believed(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        serving(lambda asked: Reply("true"), authority) as server,
        pytest.raises(https.Unreachable, match="certificate"),
    ):
        https.ask(server.url, {"key": "secret"}, patience=5)
    assert server.asked == []


def test_a_redirect_is_an_answer_and_not_followed(authority: Authority) -> None:
    with serving(lambda asked: Reply("true")) as open_to_all:

        def elsewhere(asked: Asked) -> Reply:
            return Reply("", 307, {"Location": open_to_all.url})

        with serving(elsewhere, authority) as server:
            assert https.ask(server.url, {"key": "secret"}, patience=5).status == 307
    assert open_to_all.asked == []


@pytest.mark.parametrize("mode", ["hang", "drip", "reset"])
def test_a_bad_server_costs_no_more_than_the_time_it_was_given(
    authority: Authority, mode: str
) -> None:
    with serving(lambda asked: Reply("true"), authority) as server:
        server.mode = mode
        began = time.monotonic()
        with pytest.raises(https.Unreachable):
            https.ask(server.url, {}, patience=0.4)
    assert time.monotonic() - began < 20


def test_an_endless_answer_is_none(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "LONGEST_ANSWER", 1000)
    with (
        serving(lambda asked: Reply("x" * 2000), authority) as server,
        pytest.raises(https.Unreachable, match="longer"),
    ):
        https.ask(server.url, {}, patience=5)


def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(https.Unreachable):
        https.ask("https://localhost:1/", {}, patience=2)

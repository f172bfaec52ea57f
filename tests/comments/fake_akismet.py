"""Akismet, played after its published interface: it refuses what the real one refuses,
and can be told to be slow, broken, throttling, lying or in doubt."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.lib.https_server import Asked, Authority, Reply, Server

GOOD_KEY: Final = "123456789abc"
REQUIRED: Final = {
    "/1.1/verify-key": ("key", "blog"),
    "/1.1/comment-check": ("api_key", "blog", "user_ip"),
    "/1.1/submit-spam": ("api_key", "blog", "user_ip"),
    "/1.1/submit-ham": ("api_key", "blog", "user_ip"),
    "/1.2/usage-limit": ("api_key",),
}
# What no site may send: it would tell strangers who its staff are, or open its doors.
NEVER: Final = (
    "cookie", "HTTP_COOKIE", "csrfmiddlewaretoken", "authorization", "reporter", "user_role",
)  # fmt: skip
THANKS: Final = "Thanks for making the web a better place."


class Akismet:
    """`says` is its verdict on everything but its own guaranteed words; `reply` overrides
    whatever it would have answered; `headers` are added to each answer."""

    def __init__(self, authority: Authority) -> None:
        self.keys = {GOOD_KEY}
        self.says = "false"
        self.headers: dict[str, str] = {}
        self.reply: Reply | None = None
        self.breaks_on = ""
        self.usage: dict[str, Any] = {
            "limit": 10000, "usage": 7463, "percentage": "74.63", "throttled": False,
        }  # fmt: skip
        self.told: list[tuple[str, Asked]] = []
        self.server = Server(self._answer, authority)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def checks(self) -> list[Asked]:
        return [asked for asked in self.server.asked if asked.path == "/1.1/comment-check"]

    def close(self) -> None:
        self.server.close()

    def _answer(self, asked: Asked) -> Reply:
        spoiled = self._misbehaved(asked)
        if spoiled is not None:
            return spoiled
        if self.reply is not None:
            return self.reply
        if missing := [name for name in REQUIRED[asked.path] if not asked[name]]:
            help_text = f'Empty "{missing[0]}" value'
            return Reply("invalid", headers={"X-akismet-debug-help": help_text})
        key = asked["api_key"] or asked["key"]
        good = key in self.keys
        if asked.path == "/1.1/verify-key":
            return Reply("valid" if good else "invalid", headers=self.headers)
        if not good:
            return Reply("invalid", headers={"X-akismet-debug-help": "We were unable to parse it"})
        return self._known(asked)

    def _known(self, asked: Asked) -> Reply:
        if asked.path == "/1.2/usage-limit":
            return Reply(json.dumps(self.usage), headers=self.headers)
        if asked.path.startswith("/1.1/submit-"):
            self.told.append((asked.path.removeprefix("/1.1/submit-"), asked))
            return Reply(THANKS, headers=self.headers)
        if self.breaks_on and asked["comment_content"] == self.breaks_on:
            return Reply("oops", 500)
        guaranteed = "akismet-guaranteed-spam"
        spam = asked["comment_author"] == guaranteed or asked["comment_author_email"].startswith(
            guaranteed
        )
        return Reply("true" if spam else self.says, headers={"X-akismet-guid": "g", **self.headers})

    def _misbehaved(self, asked: Asked) -> Reply | None:
        """A site that breaks the rules is told so loudly: its test fails."""
        wrong = [name for name in NEVER if name in asked.fields or name in asked.headers]
        if wrong or asked.path not in REQUIRED:
            self.server.asked.append(Asked(f"WRONG {asked.path} {wrong}", {}, {}))
            return Reply(f"wrong: {wrong}", status=400)
        return None

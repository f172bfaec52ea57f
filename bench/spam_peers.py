"""The spam filter's peers: scikit-learn's linear models on words and characters, and
bogofilter as it is delivered. All see the text alone, as their users would give it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from comments.filter.classifier.trial import Row as Comment

Stops = Callable[[list[Comment], list[Comment]], list[bool]]


def peers() -> dict[str, Stops]:
    found: dict[str, Stops] = {}
    if importlib.util.find_spec("sklearn"):
        found["linear SVM"] = _by(_svm)
        found["logistic regression"] = _by(_logistic)
    else:
        _left_out("scikit-learn", ".venv/bin/pip install -r requirements-bench.txt")
    if shutil.which("bogofilter"):
        found["bogofilter"] = bogofilter
    else:
        _left_out("bogofilter", "apt install bogofilter")
    return found


def _left_out(what: str, how: str) -> None:
    print(f"{what} is not installed and left out ({how}).", file=sys.stderr)


def _svm() -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC()


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10, max_iter=1_000)


def _by(make: Callable[[], Any]) -> Stops:
    def stops(train: list[Comment], test: list[Comment]) -> list[bool]:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union

        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        model = make_pipeline(make_union(words, characters), make())
        model.fit([row.text for row in train], [row.spam for row in train])
        return [bool(spam) for spam in model.predict([row.text for row in test])]

    return stops


def bogofilter(train: list[Comment], test: list[Comment]) -> list[bool]:
    """What it is unsure of is not stopped."""
    with tempfile.TemporaryDirectory() as folder:
        base = ["bogofilter", "-d", folder]
        for option, spam in (("-s", True), ("-n", False)):
            mail = "".join(_mail(row) for row in train if row.spam is spam)
            subprocess.run([*base, "-M", option], input=mail.encode(), check=True)
        codes = [
            subprocess.run(base, input=_mail(row).encode(), check=False).returncode for row in test
        ]
    return [code == 0 for code in codes]


def _mail(row: Comment) -> str:
    """As a mailbox has it; a line that begins with From would begin another message."""
    text = row.text.replace("\nFrom ", "\n>From ")
    return f"From reader Thu Jan  1 00:00:00 2026\nSubject: comment\n\n{text}\n\n"

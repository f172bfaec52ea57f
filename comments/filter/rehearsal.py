"""A comment of our own, sent through the real form to see whether the checks see it.

Everything happens to it that happens to a reader's: the form, the saving, the votes. It
is taken back before it is committed, so no page, pile, alert, lesson or number ever knew
of it, and no process that is killed can leave it behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import lxml.html
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from lxml.etree import LxmlError

from articles.models import Article
from backsite.lib import https
from backsite.lib.bots import CAPTCHA_FIELD, ELAPSED_FIELD, TRAP_FIELD, Submission
from backsite.lib.web import site_link

from ..models.comment import Comment
from ..models.judgement import Judgement
from ..opening import is_open
from .judging import judge
from .verdict import Outcome

FIELD: Final = "rehearsal"
# Only we can sign it, and whoever finds one later can do nothing with it.
MARK: Final = TimestampSigner(salt="comments.rehearsal")
LASTS_SECONDS: Final = 120
# A page of ours that takes longer is a fault worth knowing, too.
PATIENCE_SECONDS: Final = 15.0
TRAP_VOTE: Final = "trap field"
WORDS: Final = {
    "text": "This is the site's own hourly look at its comment form.",
    "name": "The site itself",
    "email": "form-check@example.org",
    "website": "",
}


class Fault(Exception):
    """What is wrong, in words for staff."""


def is_rehearsal(request: HttpRequest) -> bool:
    mark = request.POST.get(FIELD, "")
    if not mark:
        return False
    try:
        MARK.unsign(mark, max_age=LASTS_SECONDS)
    except BadSignature:
        return False
    return True


def rehearse(submission: Submission, article: Article, words: Mapping[str, str]) -> HttpResponse:
    """What would have become of it. Nothing stays."""
    with transaction.atomic():
        comment = Comment.submit(submission, article=article, parent=None, **words)
        found, votes = judge(comment)
        transaction.set_rollback(True)
    said = {"verdict": found.outcome.value, "checks": [vote.check for vote in votes]}
    return JsonResponse(said)


def look_at_form() -> str:
    """Fetches an article as readers do and sends its form as a bot does. Returns what was
    seen; raises Fault for what is wrong with it."""
    article = _open_article()
    if article is None:
        return "There is no published article whose comments are open"
    page = _fetched(site_link(article.get_absolute_url()), None, "The page of an article")
    form = _form_in(page)
    fields = {
        **{name: value or "" for name, value in form.fields.items()},
        **WORDS,
        TRAP_FIELD: "filled in",
        ELAPSED_FIELD: "60000",
        FIELD: MARK.sign("form"),
    }
    sent = _fetched(site_link(form.action or ""), fields, "The comment form")
    _right(sent)
    if late := Judgement.late():
        raise Fault(f"Comments by readers wait to be judged, and the worker fails to: {late}.")
    return f"The form under “{article.title}” works, and the trap caught our own comment"


def _open_article() -> Article | None:
    newest = Article.objects.articles().published().order_by("-published_at")[:20]
    return next((article for article in newest if is_open(article)), None)


def _form_in(page: str) -> lxml.html.FormElement:
    try:
        forms: list[lxml.html.FormElement] = cast("Any", lxml.html.fromstring(page)).forms
    except LxmlError:
        raise Fault("The page of an article is empty, or none that can be read.") from None
    found = [form for form in forms if form.get("id") == "comment-form"]
    if not found:
        raise Fault("There is no comment form under an article whose comments are open.")
    form = found[0]
    if TRAP_FIELD not in form.inputs:
        raise Fault("The trap field is missing from the comment form: bots are not noticed.")
    above_trap = form.inputs[TRAP_FIELD].iterancestors()
    if not any("trap" in (above.get("class") or "").split() for above in above_trap):
        raise Fault("The trap field is not hidden: readers may fill it in and be taken for bots.")
    if settings.RECAPTCHA_ON and CAPTCHA_FIELD not in form.inputs:
        raise Fault("reCAPTCHA is on, and its field is missing from the comment form.")
    return form


def _fetched(url: str, fields: Mapping[str, str] | None, what: str) -> str:
    try:
        answer = https.ask(url, fields, patience=PATIENCE_SECONDS, plain=True)
    except https.Unreachable as error:
        raise Fault(f"{what} could not be reached at {url}: {error}") from error
    if answer.status != 200:
        raise Fault(f"{what} answered with {answer.status} instead of 200 ({url}).")
    return answer.text


def _right(sent: str) -> None:
    if '"verdict"' not in sent:
        raise Fault("The comment form gave an answer that is none of ours.")
    if TRAP_VOTE not in sent:
        raise Fault("Our own comment filled in the trap field, and the check did not notice.")
    if f'"{Outcome.PUBLISH.value}"' in sent:
        raise Fault("Our own comment filled in the trap field and would have been published.")

"""The mails that comments send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from articles.models import Site
from backsite.lib.mail.compose import compose, named
from backsite.lib.web import site_link

if TYPE_CHECKING:
    from .models import Comment


def tell_writer_of_answer(question: Comment, answer: Comment) -> None:
    """Tells a reader that staff answered, with the answer and a link to it; once an answer."""
    if not question.email:
        return
    site = Site.current()
    compose(
        "comments/mail/answered",
        to=question.email,
        sender=named(site.name),
        context={
            "site": site,
            "question": question,
            "answer": answer,
            "link": site_link(answer.get_absolute_url()),
        },
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834, section 5
        key=f"comment-answered:{answer.pk}",
    )

"""The mails that comments send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from articles.models import Site
from backsite.lib.mail.compose import compose, named
from backsite.lib.web import site_link

from . import links
from .rendering import without_addresses

if TYPE_CHECKING:
    from .models import Comment
    from .models.following import Following


def tell_writer_of_answer(question: Comment, answer: Comment) -> None:
    """Tells a reader that staff answered, with the answer and a link to it; once an answer.
    Not those who have said that they want no such mails."""
    from .models import Reader  # it is built upon this module

    if not question.email:
        return
    reader = Reader.of(question.email)
    if reader.muted_at is not None:
        return
    mute_all = site_link(links.path_to(links.MUTE_ALL, reader.pk))
    _send(
        "comments/mail/answered",
        question.email,
        key=f"comment-answered:{answer.pk}",
        headers=_one_click(mute_all),
        question=question,
        answer=answer,
        link=site_link(answer.get_absolute_url()),
        mute_all_link=mute_all,
    )


def ask_follower(following: Following) -> None:
    """Asks whether an address wants to hear of replies. Holds nothing that a stranger
    typed: anybody can type anybody's address."""
    _send(
        "comments/mail/follow",
        following.reader.email,
        key=f"comment-follow:{following.pk}",
        article=following.comment.article,
        confirm_link=site_link(links.path_to(links.CONFIRM, following.reader_id)),
        mute_all_link=site_link(links.path_to(links.MUTE_ALL, following.reader_id)),
    )


def tell_follower(following: Following, reply: Comment) -> None:
    """Tells somebody of a published reply; each reply once, however often this is asked."""
    mute = site_link(links.path_to(links.MUTE, following.pk))
    _send(
        "comments/mail/replied",
        following.reader.email,
        key=f"comment-reply:{reply.pk}:{following.reader_id}",
        headers=_one_click(mute),
        reply=reply,
        words=reply.text if reply.staff_id else without_addresses(reply.text),
        followed=following.comment,
        link=site_link(reply.get_absolute_url()),
        mute_link=mute,
        mute_all_link=site_link(links.path_to(links.MUTE_ALL, following.reader_id)),
    )


def send_own_link(comment: Comment, *, key: str) -> None:
    """The link by which the writer of a comment changes or deletes it."""
    own = site_link(links.path_to(links.OWN, comment.pk))
    _send("comments/mail/own", comment.email, key=key, comment=comment, own_link=own)


def _one_click(address: str) -> dict[str, str]:
    """RFC 8058, section 3.1."""
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _send(
    template: str, to: str, *, key: str, headers: dict[str, str] | None = None, **context: Any
) -> None:
    site = Site.current()
    compose(
        template,
        to=to,
        sender=named(site.name),
        context={"site": site, **context},
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},  # RFC 3834, section 5
        key=key,
    )

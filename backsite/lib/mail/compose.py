"""From a template triple to a row in the outbox."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.headerregistry import Address
from email.utils import make_msgid, parseaddr
from typing import Any, Final

import css_inline
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from backsite.lib import work

from .models import Message

# Style sheets in mails are ours alone and stand in the template; nothing is fetched.
_inliner: Final = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


def compose(
    template: str,
    *,
    to: str,
    context: Mapping[str, Any],
    sender: str = "",
    reply_to: str = "",
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Message:
    """Writes the mail that `TEMPLATE-subject.txt`, `-body.txt` and `-body.html` say.

    The row belongs to the caller's transaction; the worker hands it over after the
    commit. `key` makes it once only: the same key again returns the first message.
    `sender` is a display name or full From; the default is FROM_EMAIL.
    """
    values = {**context, "site_url": settings.SITE_URL}
    subject = " ".join(render_to_string(f"{template}-subject.txt", values).split())
    # A text part must not be escaped as HTML is; its templates say {% autoescape off %}.
    text = _tidy(render_to_string(f"{template}-body.txt", values))
    html = render_to_string(f"{template}-body.html", {**values, "subject": subject})
    fields = {
        "template": template,
        "to": to,
        "sender": sender or settings.DEFAULT_FROM_EMAIL,
        "reply_to": reply_to,
        "subject": subject,
        "text": text,
        "html": _inliner.inline(html),
        "headers": dict(headers or {}),
        "message_id": make_msgid(domain=_domain()),
        "due_at": timezone.now(),
    }
    with transaction.atomic():
        if key is None:
            message, is_new = Message.objects.create(**fields), True
        else:
            message, is_new = Message.objects.get_or_create(key=key, defaults=fields)
        if is_new:
            work.soon(message)
    return message


def named(name: str, address: str = "") -> str:
    """`Name <address>` for a header; quotes and line breaks cannot break out of it.

    Without an address that of FROM_EMAIL, whether or not a name stands there too.
    """
    spec = parseaddr(address or settings.DEFAULT_FROM_EMAIL)[1]
    clean = " ".join(re.sub(r"[\x00-\x1f\x7f]+", " ", name).split())
    return str(Address(display_name=clean, addr_spec=spec))


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or settings.SITE_HOST


def _tidy(text: str) -> str:
    """No more than one empty line in a row: template tags leave some."""
    return re.sub(r"\n[ \t]*\n(?:[ \t]*\n)+", "\n\n", text).strip() + "\n"

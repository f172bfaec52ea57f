"""Links under which somebody without an account reads what is not public yet."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from backsite.lib.ages import clock
from backsite.lib.records import Actor, actor_fields
from backsite.lib.web import site_link

from .article import Article

# 128 bits: nobody finds one by trying.
TOKEN_BYTES: Final = 16


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    def open(self) -> Self:
        """Those that still lead to their article."""
        unspent = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(unspent, revoked_at=None)

    @transaction.atomic
    def renew(self, article: Article, *, by: Actor, until: datetime | None = None) -> PreviewLink:
        """A new link for the article; every earlier one ends now. `until` ends this one."""
        Article.objects.select_for_update().only("pk").get(pk=article.pk)
        for link in self.filter(article=article, revoked_at=None):
            link.revoked_at = timezone.now()
            link.save(update_fields=["revoked_at"])
        why = f"until {clock(until)}" if until else ""
        article.events.create(verb="share", why=why, **actor_fields(by))
        return self.create(article=article, expires_at=until, made_by=actor_fields(by)["by"])


class PreviewLink(models.Model):
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="preview_links")
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["article"], condition=Q(revoked_at=None), name="preview_link_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"Preview of “{self.article}”"

    def get_absolute_url(self) -> str:
        return reverse("articles:preview", args=[self.token])

    @property
    def address(self) -> str:
        """The full address, to send to somebody."""
        return site_link(self.get_absolute_url())

    @property
    def is_open(self) -> bool:
        spent = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not spent

    @transaction.atomic
    def revoke(self, *, by: Actor) -> None:
        """It leads nowhere from now on. Twice is the same as once."""
        link = type(self).objects.select_for_update().get(pk=self.pk)
        self.revoked_at = link.revoked_at
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])
            self.article.events.create(verb="unshare", **actor_fields(by))

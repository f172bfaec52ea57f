"""Settings whose every change is written down: who, when, what it was and what it is."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db import models, transaction

from articles.models import Article
from backsite.lib.records import Actor, Event, actor_fields

NOTHING: Final = "empty"


class SettingChange(Event):
    """One field of one setting, changed once. `what` names the setting in words."""

    what = models.CharField(max_length=300, editable=False)
    article = models.ForeignKey(
        Article, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    field = models.CharField(max_length=60, editable=False)
    before = models.TextField(blank=True, editable=False)
    after = models.TextField(blank=True, editable=False)

    class Meta(Event.Meta):
        indexes = [models.Index(fields=["-at", "-id"], name="setting_change_newest")]


class Recorded(models.Model):
    """A row of settings. `keep` and `drop` are the ways to change one."""

    # Columns that the site writes by itself; nobody chose them.
    UNRECORDED: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    @transaction.atomic
    def keep(self, *, by: Actor) -> None:
        """Saves it, and writes down each field that is different from what was kept."""
        rows = type(self)._default_manager.select_for_update()
        stored = rows.filter(pk=self.pk).first() if self.pk else None
        before = _said(stored if stored is not None else type(self)())
        self.save()
        self._record("change" if stored is not None else "add", before, _said(self), by)

    @transaction.atomic
    def drop(self, *, by: Actor) -> None:
        """Deletes it; what it said stays in the log."""
        before = _said(self)
        nothing = dict.fromkeys(before, NOTHING)
        self._record("remove", before, nothing, by)
        self.delete()

    def _record(self, verb: str, before: dict[str, str], after: dict[str, str], by: Actor) -> None:
        note_changes(str(self), verb, before, after, by=by, article=getattr(self, "article", None))


def note_changes(
    what: str,
    verb: str,
    before: dict[str, str],
    after: dict[str, str],
    *,
    by: Actor,
    article: Article | None = None,
) -> None:
    """One line for each field that is different; `before` has the fields of `after`."""
    SettingChange.objects.bulk_create(
        SettingChange(
            verb=verb,
            what=what[:300],
            article=article,
            field=name,
            before=before[name],
            after=after[name],
            **actor_fields(by),
        )
        for name in after
        if before[name] != after[name]
    )


def _said(row: Recorded) -> dict[str, str]:
    """Each field by its name, and its value as staff read it."""
    said = {}
    for field in row._meta.concrete_fields:
        if field.primary_key or field.name in row.UNRECORDED:
            continue
        value: Any = getattr(row, field.attname)
        if field.is_relation and value is not None:
            value = getattr(row, field.name)
        if field.choices and value not in (None, ""):
            value = dict(field.flatchoices).get(value, value)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        said[str(field.verbose_name)] = NOTHING if value in (None, "") else str(value)
    return said

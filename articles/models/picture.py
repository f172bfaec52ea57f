"""Pictures: the file as it was uploaded, what readers get of it, and where it is used."""

from __future__ import annotations

import hashlib
import io
import secrets
from datetime import timedelta
from pathlib import PurePath
from typing import IO, Any, ClassVar, Final

from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from backsite.lib import decoding, images
from backsite.lib.records import Actor, Event, actor_fields
from backsite.lib.work import DueWork, NeverAgain, due_index, soon

from .. import renditions
from ..renditions import File
from .picture_key import in_texts, keys

# Beyond this a name says nothing to a person.
TITLE_LENGTH: Final = 120
MIDDLE: Final = 0.5


class StillUsed(Exception):
    """A picture that readers see somewhere was to be removed; `where` lists the places."""

    def __init__(self, where: list[models.Model]) -> None:
        super().__init__(", ".join(f"“{place}”" for place in where))
        self.where = where


def originals() -> Storage:
    return storages["originals"]


class PictureQuerySet(models.QuerySet["Picture"]):
    def present(self) -> PictureQuerySet:
        return self.filter(removed_at=None)

    def unused(self) -> PictureQuerySet:
        """Neither a lead picture, nor a portrait, nor in any text."""
        rows = self.present().exclude(pk__in=in_texts())
        for key in keys():
            rows = rows.exclude(
                pk__in=key.model._default_manager.exclude(**{key.name: None}).values(key.attname)
            )
        return rows


class Picture(DueWork):
    """`renditions` says which files are made of it, see `articles.renditions`.

    Readers never get `original`, which holds whatever the camera wrote about place and time.
    """

    title = models.CharField(
        max_length=TITLE_LENGTH, help_text="How staff find it. Readers do not see it."
    )
    alt = models.CharField(
        "what it shows",
        max_length=200,
        blank=True,
        help_text="For those who cannot see it. An article may say it in other words.",
    )
    caption = models.CharField(
        max_length=300, blank=True, help_text="Under the picture, where a text gives no other."
    )
    credit = models.CharField(
        max_length=200, blank=True, help_text="Whose work it is: “Anna Berg”, “NHS, CC BY 4.0”."
    )
    focus_x = models.FloatField(
        "focal point, from the left",
        default=MIDDLE,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="0 is the left edge, 1 the right one. Where it is cut, this stays in sight.",
    )
    focus_y = models.FloatField(
        "focal point, from the top",
        default=MIDDLE,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="0 is the upper edge, 1 the lower one.",
    )
    original = models.FileField(storage=originals, max_length=100, editable=False)
    kind = models.CharField(max_length=5, editable=False)
    moves = models.BooleanField(default=False, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    size = models.PositiveIntegerField("bytes", editable=False)
    content_hash = models.CharField("SHA-256", max_length=64, editable=False)
    renditions = models.JSONField(default=dict, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField("uploaded", default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Twenty encodings of at most 1344 pixels' width take seconds; a busy machine, a minute.
    LEASE: ClassVar[timedelta] = timedelta(minutes=5)

    objects = PictureQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_hash"], condition=Q(removed_at=None), name="picture_once"
            ),
            models.CheckConstraint(
                condition=Q(focus_x__range=(0, 1), focus_y__range=(0, 1)),
                name="picture_focus_inside",
            ),
        ]
        indexes = [
            due_index("picture_due"),
            models.Index(
                fields=["-created_at", "-id"], condition=Q(removed_at=None), name="picture_newest"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def focus(self) -> tuple[float, float]:
        return self.focus_x, self.focus_y

    @property
    def is_ready(self) -> bool:
        """Whether every rendition is made, for the focal point that it has now."""
        return renditions.is_complete(self.renditions, self.focus)

    @property
    def safe_url(self) -> str:
        """The whole picture in the format that every browser shows, the largest of them;
        empty where its files are deleted."""
        return self._safe[-1].url if self._safe else ""

    @property
    def small_url(self) -> str:
        """As `safe_url`, the smallest of them: for lists of the staff's."""
        return self._safe[0].url if self._safe else ""

    @property
    def _safe(self) -> list[File]:
        made = list(renditions.files(self.renditions, renditions.FIRST))
        return [file for file in made if file.ending == made[-1].ending]

    @property
    def url(self) -> str:
        """For link previews elsewhere: 1200 × 630, JPEG; the whole picture until it is made."""
        made = list(renditions.files(self.renditions, "share"))
        return made[-1].url if made else self.safe_url

    @classmethod
    def take(cls, file: IO[bytes], name: str, *, by: Actor, **words: Any) -> tuple[Picture, bool]:
        """The picture of a file, and whether it is new: the same file twice is one picture.

        `words`: title, alt, caption, credit. What readers can be shown at once is made here,
        the rest by the worker. Raises images.Unusable and OSError; then nothing is kept.
        """
        images.check_bytes(file.seek(0, io.SEEK_END))
        file.seek(0)
        content = file.read()
        content_hash = hashlib.sha256(content).hexdigest()
        known = cls.objects.present().filter(content_hash=content_hash)
        if (found := known.first()) is not None:
            return found, False
        opened = renditions.opened(content)
        facts = opened.facts
        picture = cls(
            **{"title": _title(name), **words},
            kind=facts.kind,
            moves=facts.moves,
            width=facts.width,
            height=facts.height,
            size=len(content),
            content_hash=content_hash,
            created_by=actor_fields(by)["by"],
            due_at=timezone.now(),
        )
        try:
            picture._keep(content, opened, by)
        except IntegrityError:
            # Somebody else's upload of the same file was quicker.
            return known.get(), False
        return picture, True

    def _keep(self, content: bytes, opened: images.Decoded, by: Actor) -> None:
        ending = images.ENDINGS[self.kind]
        self.original.save(f"{secrets.token_hex(16)}{ending}", ContentFile(content), save=False)
        try:
            with transaction.atomic():
                self.save()
                place = renditions.folder(self.content_hash, self.pk)
                self.renditions = renditions.make(opened, place, self.focus, only_first=True)
                self.save(update_fields=["renditions"])
                self._record("upload", by, self.title)
                soon(self)
        except BaseException:
            self.original.delete(save=False)
            raise

    @transaction.atomic
    def describe(self, *, by: Actor, **words: Any) -> None:
        """Other words or another focal point: title, alt, caption, credit, focus_x, focus_y."""
        changed = [field for field, value in words.items() if getattr(self, field) != value]
        if not changed:
            return
        for field in changed:
            setattr(self, field, words[field])
        self.save(update_fields=changed)
        self._record("describe", by, ", ".join(changed))
        if not self.is_ready:
            self.try_again()

    @transaction.atomic
    def remove(self, *, by: Actor) -> None:
        """Takes it out of use; the worker then deletes its files. Twice is the same as once.

        Raises StillUsed while readers see it anywhere.
        """
        # Whoever makes it a lead picture at this moment waits for us, or we for them.
        row = Picture.objects.select_for_update().get(pk=self.pk)
        if row.removed_at is not None:
            return
        if where := self.uses():
            raise StillUsed(where)
        self.removed_at = timezone.now()
        self.save(update_fields=["removed_at"])
        self._record("remove", by, self.title)
        self.try_again()

    def uses(self) -> list[models.Model]:
        """Where readers (will) see it."""
        articles = apps.get_model("articles", "Article")._default_manager
        found: list[models.Model] = list(
            articles.filter(body__contains=f'data-picture="{self.pk}"')
        )
        for key in keys():
            found += key.model._default_manager.filter(**{key.name: self})
        return list(dict.fromkeys(found))

    def perform(self) -> None:
        if self.removed_at is not None:
            self._clear_away()
            return
        try:
            self.renditions = self._make()
        except decoding.Lost:
            raise  # perhaps for want of memory at this moment: it was opened once already
        except images.Unusable as error:
            raise NeverAgain(str(error)) from error
        except FileNotFoundError as error:
            raise NeverAgain("The file as it was uploaded is not in the storage.") from error
        self.save(update_fields=["renditions"])

    def _make(self) -> dict[str, Any]:
        with self.original.open("rb") as file:
            opened = renditions.opened(file.read())
        place = renditions.folder(self.content_hash, self.pk)
        return renditions.make(opened, place, self.focus)

    def _clear_away(self) -> None:
        """Deletes the files for good; the row stays, to say who removed what and when."""
        if self.uses() and not self._is_there_twice():
            # An article began to use it in the same moment: that stands above the removal.
            self.removed_at = None
            self.save(update_fields=["removed_at"])
            self._record("return", None, "it is in use again")
            return
        renditions.clear_away(renditions.folder(self.content_hash, self.pk))
        if self.original:
            self.original.delete(save=False)
        self.renditions = {}
        self.save(update_fields=["renditions", "original"])

    def _is_there_twice(self) -> bool:
        return Picture.objects.present().filter(content_hash=self.content_hash).exists()

    def _record(self, verb: str, by: Actor, why: str = "") -> None:
        self.events.create(verb=verb, why=why, **actor_fields(by))


class PictureEvent(Event):
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="events")


def _title(name: str) -> str:
    """A file's name as words."""
    words = PurePath(name.replace("\x00", "")).stem.replace("_", " ").replace("-", " ").split()
    return " ".join(words)[:TITLE_LENGTH] or "Picture"

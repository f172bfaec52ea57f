"""Where pictures are used: the columns that name one, and the texts that show one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, models
from django.utils.text import capfirst

if TYPE_CHECKING:
    from .picture import Picture

    _ForeignKey = models.ForeignKey[Picture | None, Picture | None]
else:
    _ForeignKey = models.ForeignKey


class PictureKey(_ForeignKey):
    """A foreign key to a picture. Its form field offers the pictures that are there, and
    takes a file too."""

    def __init__(self, to: Any = "articles.Picture", **options: Any) -> None:
        options.setdefault("on_delete", models.PROTECT)
        super().__init__(to, **{"null": True, "blank": True, **options})

    def formfield(self, **options: Any) -> Any:
        from ..admin.picture_field import PictureField

        options.pop("using", None)
        said = {
            "required": not self.blank,
            "label": capfirst(self.verbose_name),
            "help_text": self.help_text,
        }
        return PictureField(model_field=self, **{**said, **options})


def keys() -> list[PictureKey]:
    """Every column that names a picture, whichever model has it."""
    columns = (field for model in apps.get_models() for field in model._meta.concrete_fields)
    return [field for field in columns if isinstance(field, PictureKey)]


def in_texts() -> set[int]:
    """The pictures that any text shows. The texts are the truth: a list kept beside them
    could go stale, and a picture that somebody needs would be offered for removal."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (regexp_matches(body, 'data-picture=\"(\\d{1,18})\"', 'g'))[1]::bigint"
            " FROM articles_article WHERE body LIKE '%data-picture=%'"
        )
        return {row[0] for row in cursor.fetchall()}

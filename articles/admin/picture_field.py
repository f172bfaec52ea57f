"""A picture in a form of the staff's: one that is there already, or a file."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from articles.models import Picture
from articles.models.picture_key import PictureKey
from backsite.lib.images import ENDINGS, Unusable
from backsite.lib.records import Actor

ACCEPT: Final = ",".join(f"image/{kind.lower()}" for kind in ENDINGS)
NOT_STORED: Final = (
    "The picture could not be stored ({reason}). Try again, or tell whoever runs the site."
)


class PictureWidget(AutocompleteSelect):
    """Django's search box over the pictures, the chosen one shown, and a place for a file."""

    template_name = "admin/articles/pictures/field.html"
    needs_multipart_form = True
    taken: Picture | None = None  # from the file that came with this form

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(f"{name}-file") or super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-file" not in files and super().value_omitted_from_data(data, files, name)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        if isinstance(value, UploadedFile):
            value = None
        if self.taken is not None:
            value = self.taken.pk
        context = super().get_context(name, value, attrs)
        shown = Picture.objects.filter(pk=value).first() if str(value or "").isdigit() else None
        context["picture"], context["accept"] = shown, ACCEPT
        return context


class PictureField(forms.ModelChoiceField[Picture]):
    """Cleans to a Picture or None. A file is taken at once, whatever else is wrong with the
    form: browsers do not send it again."""

    def __init__(self, *, model_field: PictureKey, by: Actor = None, **options: Any) -> None:
        self.by = by
        options["queryset"] = Picture.objects.present()
        super().__init__(**{**options, "widget": PictureWidget(model_field, admin.site)})

    def clean(self, value: Any) -> Any:
        if not isinstance(value, UploadedFile):
            return super().clean(value)
        picture, _ = take(value, by=self.by)
        # The admin puts its own widget, with links to add and to change, around ours.
        widget = getattr(self.widget, "widget", self.widget)
        if isinstance(widget, PictureWidget):
            widget.taken = picture
        return picture

    def has_changed(self, initial: Any, data: Any) -> bool:
        return isinstance(data, UploadedFile) or super().has_changed(initial, data)


class ChoosesPictures(admin.ModelAdmin[Any]):
    """For the admin of a model with a PictureKey: says who uploads."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **options: Any) -> Any:
        if isinstance(db_field, PictureKey):
            return db_field.formfield(by=request.user)
        return super().formfield_for_foreignkey(db_field, request, **options)


def take(file: UploadedFile[Any], *, by: Actor) -> tuple[Picture, bool]:
    """`Picture.take` of an uploaded file. Raises ValidationError, in words for whoever
    chose the file, when it cannot be used."""
    if not file.size:
        raise ValidationError("This file is empty.")
    try:
        return Picture.take(file, file.name or "", by=by)
    except Unusable as error:
        raise ValidationError(str(error)) from error
    except OSError as error:
        raise ValidationError(NOT_STORED.format(reason=error)) from error

"""Which uploaded files are pictures that a site can show."""

from __future__ import annotations

import warnings
from pathlib import PurePath
from typing import Any, Final

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

# What every browser shows, with the one ending that its file gets here.
ENDINGS: Final = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
LARGEST_BYTES: Final = 15 * 1024 * 1024
# A good camera's picture fits; decoded it takes about 200 MB, which a small server has.
MOST_PIXELS: Final = 50_000_000

WRONG_KIND: Final = "This is no picture that every browser can show. Use JPEG, PNG, WebP or GIF."
TOO_LARGE: Final = "This file has {size:.0f} MB, and there is room for 15 MB. Make it smaller."
TOO_MANY_PIXELS: Final = (
    "This picture measures {width:,} × {height:,} pixels; more than 50 million cannot be used."
)
BROKEN: Final = "This file is damaged: it cannot be read to its end. Save it anew and try again."


class PictureField(forms.ImageField):
    """Takes real, whole pictures only, and names the file by what it holds: a web page
    that calls itself a picture must never be served as a page."""

    widget = AdminFileWidget

    def to_python(self, data: Any) -> Any:
        file = super(forms.ImageField, self).to_python(data)
        if not isinstance(file, UploadedFile):
            return file
        kind = kind_of(file)
        file.name = str(PurePath(file.name or "picture").with_suffix(ENDINGS[kind]))
        file.content_type = Image.MIME[kind]
        return file

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"accept": "image/jpeg,image/png,image/webp,image/gif"}


def kind_of(file: UploadedFile[Any]) -> str:
    """The format of a picture, a key of ENDINGS. Raises ValidationError, in words for
    whoever chose the file, when it cannot be shown."""
    if (file.size or 0) > LARGEST_BYTES:
        raise ValidationError(TOO_LARGE.format(size=(file.size or 0) / 1024**2))
    try:
        with warnings.catch_warnings():
            # Pillow's own limit is higher than ours and is told apart from it below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _read(file)
    except Image.DecompressionBombError as error:
        raise ValidationError("This picture has more pixels than can be used.") from error
    finally:
        file.seek(0)


def _read(file: UploadedFile[Any]) -> str:
    try:
        picture = Image.open(file, formats=list(ENDINGS))
    except (Image.DecompressionBombError, ValidationError):
        raise
    except Exception as error:  # decoders raise whatever a hostile file leads them to
        raise ValidationError(WRONG_KIND) from error
    with picture:
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise ValidationError(TOO_MANY_PIXELS.format(width=width, height=height))
        try:
            picture.load()
        except Image.DecompressionBombError:
            raise
        except Exception as error:  # as above: OSError, SyntaxError, ValueError, struct.error
            raise ValidationError(BROKEN) from error
        return str(picture.format)

"""Where uploaded files lie: in the data folder, or in a bucket that speaks S3.

There are two stores. `default` holds what readers get, `originals` the files as they were
uploaded, with whatever metadata is in them: no address leads there.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

FORM: Final = "s3://KEY:SECRET@storage.example.org/BUCKET"
OPTIONS: Final = frozenset({"region", "prefix", "http"})
ORIGINALS: Final = "originals"


class Originals(FileSystemStorage):
    """A folder beside that of the public files, so that no web server in front of us
    serves it by accident."""

    @property
    def base_location(self) -> str:
        return str(Path(settings.MEDIA_ROOT).with_name(ORIGINALS))

    @property
    def location(self) -> str:
        return str(Path(self.base_location).resolve())

    def url(self, name: str | None) -> str:
        raise ValueError("An original has no address: readers get what is made of it.")


def read(name: str, address: str) -> dict[str, dict[str, Any]]:
    """The stores for Django's STORAGES; of an empty address those in the data folder.

    `s3://KEY:SECRET@HOST/BUCKET?region=eu-central-1&prefix=site`; `http=1` for a server
    without TLS on a network of one's own. Raises ImproperlyConfigured naming the variable;
    the address is never repeated in an error, because it holds a password.
    """
    if not address:
        return {
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "originals": {"BACKEND": "backsite.lib.media_store.Originals"},
        }
    options = _s3_options(name, address)
    if importlib.util.find_spec("storages") is None or importlib.util.find_spec("boto3") is None:
        raise ImproperlyConfigured(
            f"{name} names an S3 store, which needs packages that are not installed. "
            "Run: pip install -r requirements-s3.txt"
        )
    prefix = options.pop("location")
    classes = {"default": "Bucket", "originals": "OriginalsBucket"}
    folders = {"default": "media", "originals": "originals"}
    return {
        alias: {
            "BACKEND": f"backsite.lib.media_bucket.{name_of_class}",
            "OPTIONS": {**options, "location": f"{prefix}{folders[alias]}"},
        }
        for alias, name_of_class in classes.items()
    }


def _s3_options(name: str, address: str) -> dict[str, Any]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} cannot be read; write {FORM}.") from None
    if parts.scheme != "s3":
        raise ImproperlyConfigured(f"{name} must begin with s3://, as in {FORM}.")
    bucket = unquote(parts.path.strip("/"))
    if not (parts.username and parts.password and parts.hostname and bucket) or "/" in bucket:
        raise ImproperlyConfigured(f"{name} lacks a part; write {FORM}.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if unknown := query.keys() - OPTIONS:
        raise ImproperlyConfigured(
            f"{name} has ?{min(unknown)}=, which means nothing; known are "
            f"{', '.join(sorted(OPTIONS))}."
        )
    scheme = "http" if query.get("http") == "1" else "https"
    prefix = query.get("prefix", "").strip("/")
    return {
        "access_key": unquote(parts.username),
        "secret_key": unquote(parts.password),
        "bucket_name": bucket,
        "endpoint_url": f"{scheme}://{parts.hostname}{f':{port}' if port else ''}",
        "region_name": query.get("region"),
        "location": f"{prefix}/" if prefix else "",
        "addressing_style": "path",
        "signature_version": "s3v4",
        # The bucket stays private: the site hands out its files itself (media view), so
        # that readers ask no other host for anything.
        "default_acl": None,
        "file_overwrite": False,
    }

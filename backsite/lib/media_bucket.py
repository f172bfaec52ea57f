"""A bucket whose files readers get from us. Imported only where MEDIA_STORE names one."""

from __future__ import annotations

from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class Bucket(S3Storage):  # type: ignore[misc]  # theirs is untyped
    """The bucket stays private, and its address and keys stay with us."""

    def url(self, name: str, *args: object, **options: object) -> str:
        return f"{settings.MEDIA_URL}{filepath_to_uri(name)}"


class OriginalsBucket(S3Storage):  # type: ignore[misc]  # as above
    def url(self, name: str, *args: object, **options: object) -> str:
        raise ValueError("An original has no address: readers get what is made of it.")

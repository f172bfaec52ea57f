"""Where uploaded files lie: in the data folder by itself, in a bucket when one is named."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.test import Client

from articles.models import Picture
from articles.renditions import files
from backsite.lib import media_store
from backsite.lib.work import sweep
from tests.drawing import with_place
from tests.pictures import make_picture

HAS_S3 = bool(importlib.util.find_spec("storages"))
needs_s3 = pytest.mark.skipif(not HAS_S3, reason="requirements-s3.txt is not installed")
needs_server = pytest.mark.skipif(
    not importlib.util.find_spec("moto"), reason="there is no server here that speaks S3"
)


def test_by_itself_files_lie_in_the_data_folder() -> None:
    stores = media_store.read("MEDIA_STORE", "")
    assert stores["default"]["BACKEND"] == "django.core.files.storage.FileSystemStorage"
    assert stores["originals"]["BACKEND"] == "backsite.lib.media_store.Originals"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://key:hunter2@host/bucket", "must begin with s3://"),
        ("s3://host/bucket", "lacks a part"),
        ("s3://key:hunter2@host", "lacks a part"),
        ("s3://key:hunter2@host/bucket/deeper", "lacks a part"),
        ("s3://key:hunter2@host:port/bucket", "cannot be read"),
        ("s3://key:hunter2@host/bucket?colour=red", "which means nothing"),
    ],
)
def test_a_wrong_address_names_the_variable_and_never_the_secret(address: str, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"MEDIA_STORE.*{re.escape(words)}") as refused:
        media_store.read("MEDIA_STORE", address)
    assert "hunter2" not in str(refused.value)


@pytest.mark.skipif(HAS_S3, reason="requirements-s3.txt is installed")
def test_a_missing_package_is_said_with_what_to_do() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"pip install -r requirements-s3\.txt"):
        media_store.read("MEDIA_STORE", "s3://key:secret@host/bucket")


@needs_s3
def test_an_address_says_all_that_the_bucket_needs() -> None:
    address = "s3://key:a%2Fb@s3.example.org:9000/site?region=eu-west-1&prefix=one"
    stores = media_store.read("MEDIA_STORE", address)
    options = stores["default"]["OPTIONS"]
    assert options["endpoint_url"] == "https://s3.example.org:9000"
    assert (options["access_key"], options["secret_key"]) == ("key", "a/b")
    assert (options["bucket_name"], options["region_name"]) == ("site", "eu-west-1")
    assert options["location"] == "one/media"
    assert stores["originals"]["OPTIONS"]["location"] == "one/originals"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server that speaks S3, on a port of its own choosing."""
    command = [sys.executable, "-m", "moto.server", "-p", "0", "-H", "127.0.0.1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if found := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                break
        else:
            raise RuntimeError("The server did not start.")
        yield found[1]
        running.terminate()


@needs_s3
@needs_server
@pytest.mark.django_db
def test_pictures_live_in_a_bucket_and_readers_get_them_from_us(
    server: str, settings: Any, client: Client
) -> None:
    stores = media_store.read(
        "MEDIA_STORE", f"s3://key:secret@{server}/site?http=1&region=us-east-1"
    )
    settings.STORAGES = {**settings.STORAGES, **stores}
    store: Any = storages["originals"]
    bucket = store.connection.create_bucket(Bucket="site")
    picture = make_picture(content=with_place())
    sweep()
    picture.refresh_from_db()
    assert picture.is_ready
    for file in files(picture.renditions, "whole"):
        assert file.url.startswith("/media/pictures/")
        answer = client.get(file.url)
        assert b"".join(answer)[:4]
        assert answer["Content-Type"].startswith("image/")
        assert "immutable" in answer["Cache-Control"]
        known = client.get(file.url, headers={"If-None-Match": answer["ETag"]})
        assert known.status_code == 304
    with picture.original.open() as original:
        assert original.read() == with_place()
    assert client.get("/media/pictures/none.jpg").status_code == 404
    assert client.get("/media/../originals/x.jpg").status_code == 404
    assert client.get(f"/media/{picture.original.name}").status_code == 404
    default_storage.save("demo/chart.svg", ContentFile(b"<svg/>"))
    assert b"".join(client.get("/media/demo/chart.svg")) == b"<svg/>"
    picture.remove(by=None)
    sweep()
    assert [row.key for row in bucket.objects.all()] == ["media/demo/chart.svg"]
    assert Picture.objects.present().count() == 0

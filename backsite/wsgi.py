"""What the web server calls: the page cache, and behind it Django."""

import gc
import os
from collections.abc import Iterator

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from backsite.lib.pagecache.application import PageCache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backsite.settings")

django_application = get_wsgi_application()


def most_read() -> Iterator[str]:
    """Asked once the process serves: the tables may not be there yet when it starts."""
    from backsite.warm import most_read_addresses

    return most_read_addresses()


application = PageCache(
    django_application,
    most_bytes=settings.PAGE_CACHE_MEGABYTES * 1024 * 1024,
    shared_seconds=settings.SHARED_CACHE_SECONDS,
    warm=most_read,
)

# What is loaded by now stays for good. To look through it again and again for what nobody needs
# any more takes 80 ms each time, and a reader waits for it.
# The rest is looked through a tenth as often: a page makes thousands of objects, few in circles.
gc.set_threshold(10_000, 10, 10)
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()

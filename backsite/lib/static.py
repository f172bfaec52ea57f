"""Static files as they are served: named by their contents, compressed ahead, and the
readers' scripts as one file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# One request instead of six. Each is whole in itself and does nothing on a page that has
# no use for it; the order is that in which they listen.
SCRIPTS: Final = ("forms", "comments", "drafts", "helpful", "calls", "reading")
JOINED: Final = "js/site.js"


class SiteStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # has no types
    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if not dry_run:
            self.delete(JOINED)
            self.save(JOINED, ContentFile(b"".join(self._parts())))
            paths = {**paths, JOINED: (self, JOINED)}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _parts(self) -> Iterator[bytes]:
        for name in SCRIPTS:
            with self.open(f"js/{name}.js") as part:
                yield part.read()

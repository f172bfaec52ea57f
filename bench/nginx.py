"""nginx with the configuration of `deploy/nginx`, in a folder and on a port of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NGINX: Final = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
DEPLOY: Final = Path(__file__).resolve().parent.parent / "deploy" / "nginx"
MAIN: Final = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/backsite.conf;
    server {{
        listen 127.0.0.1:{port};
        include {folder}/site.conf;
    }}
}}
"""
START_SECONDS: Final = 30.0


def configure(folder: Path, data: Path, port: int, upstream: int) -> Path:
    """The files as an operator would install them, with our places in them."""
    places = {
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "/var/cache/nginx/backsite": str(folder / "pages"),
        "/srv/backsite/var": str(data),
        "/etc/nginx/backsite": str(folder),
        "/var/log/nginx": str(folder),
    }
    for name in ("backsite.conf", "site.conf", "https.conf", "down.html", "down.css"):
        text = (DEPLOY / name).read_text()
        for ours, theirs in places.items():
            text = text.replace(ours, theirs)
        (folder / name).write_text(text)
    main = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    main.write_text(MAIN.format(user=user, folder=folder, port=port))
    return main


@contextmanager
def nginx(folder: Path, data: Path, port: int, upstream: int, *before: str) -> Iterator[str]:
    """Its address, while it runs; `before` stands before its command. Raises RuntimeError."""
    if NGINX is None:
        raise RuntimeError("nginx is not here: apt install nginx-light")
    main = configure(folder, data, port, upstream)
    command = [*before, NGINX, "-p", str(folder), "-c", str(main), "-g", "daemon off;"]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command) as running:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _answers(f"{address}/static/"):
                if running.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / "error.log").read_text())
                time.sleep(0.02)
            yield address
        finally:
            running.terminate()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, OSError):
        return False
    return True

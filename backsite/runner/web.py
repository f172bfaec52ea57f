"""The application as `run` serves it. Each process of the web server loads this."""

from __future__ import annotations

from backsite.runner.children import end_with_parent
from backsite.wsgi import application

__all__ = ["application"]

end_with_parent()  # else they would keep the port when their first process is killed

"""Pages that read codes with the camera: where their reader lies, and what they alone may run.

The reader is WebAssembly, which a content security policy refuses unless it says ``'wasm-unsafe-eval'``.
Only pages marked :func:`scans_codes` say it; nothing else about the policy changes.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from flask import Flask, Response, after_this_request, current_app, url_for

from timebank.web.frame import CONTENT_SECURITY_POLICY

# Brought at set-up, pinned; see requirements/code_reader.py.
SCRIPT = "vendor/zxing/es/reader/index.js"
MODULE = "vendor/zxing/reader/zxing_reader.wasm"
SCANNING_POLICY = f"script-src 'self' 'wasm-unsafe-eval'; {CONTENT_SECURITY_POLICY}"

P = ParamSpec("P")
R = TypeVar("R")


def scans_codes(view: Callable[P, R]) -> Callable[P, R]:
    """A view whose page may run the code reader."""

    @wraps(view)
    def scanning(*args: P.args, **kwargs: P.kwargs) -> R:
        @after_this_request
        def allow(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = SCANNING_POLICY
            return response

        return view(*args, **kwargs)

    return scanning


def code_reader() -> dict[str, str]:
    """Addresses of the reader's script and module, or empty words where it was not installed."""
    if not all((Path(current_app.static_folder or "") / name).is_file() for name in (SCRIPT, MODULE)):
        return {"script": "", "module": ""}
    return {
        "script": url_for("static", filename=SCRIPT),
        "module": url_for("static", filename=MODULE),
    }


def init_app(app: Flask) -> None:
    """Let macros ask where the reader lies."""
    app.jinja_env.globals["code_reader"] = code_reader

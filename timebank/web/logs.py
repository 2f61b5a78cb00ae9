"""The log: one event a line, never a local variable, never a path that holds a secret."""

import sys

import structlog


def configure(log_format: str) -> None:
    """Set up structlog for ``console``, ``json`` or ``none``."""
    # Plain tracebacks: the pretty ones print local variables, and those hold passwords and names.
    traceback = structlog.dev.plain_traceback
    renderers: dict[str, list[structlog.typing.Processor]] = {
        "console": [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=traceback)],
        "json": [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        "none": [_drop],
    }
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers[log_format],
        ],
        # Beside the answer, never in it: a command's standard output may be JSON.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )


def _drop(_logger: object, _method: str, _event: structlog.typing.EventDict) -> str:
    raise structlog.DropEvent

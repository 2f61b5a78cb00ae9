"""Settings of one installation, read from the environment once, at the edge.

Rules that a county may change while the system runs (points, time limits) are not here: they are
dated or stored per organisation in the ``policy`` room.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

DEFAULT_DATABASE_URL = "sqlite:///var/timebank.sqlite3"
MEBIBYTE = 1024 * 1024

# Everything that an operator may set; ``docs/settings.md`` describes each.
NAMES = (
    "DATABASE_URL",
    "SECRET_KEY",
    "SECRET_FILE",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "TIMEZONE",
    "TRUSTED_PROXIES",
    "MAX_REQUEST_MB",
    "LOG_FORMAT",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_SECURITY",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "MAIL_FROM",
)
# Names that look as if they were settings; the test suite alone reads some of its own.
OWN_PREFIX, TEST_PREFIX = "TIMEBANK_", "TIMEBANK_TEST_"


class SettingInvalid(Exception):
    """A setting in the environment cannot be used; the message says which and what to write."""


@dataclass(frozen=True)
class Settings:
    """All settings; ``docs/settings.md`` describes each for operators.

    Attributes:
        database_url: SQLAlchemy URL of SQLite or PostgreSQL.
        secret_key: root of all keys (sessions, codes, field encryption); at least 32 characters.
        public_url: address under which phones reach the service, without a trailing slash.
        timezone: IANA name of the county's time zone, for days and for display.
        secure_cookies: cookies are sent over https only.
        trusted_proxies: number of proxies in front whose forwarding headers are believed.
        max_request_bytes: larger requests are refused.
        log_format: ``console`` for people, ``json`` for collectors, ``none`` for tests.
        smtp_host: mail server for notices by e-mail; empty where none are sent.
        smtp_security: ``starttls``, ``tls`` or ``none``.
        mail_from: the sender that people see, such as ``时间银行 <bank@example.com>``.
    """

    database_url: str = DEFAULT_DATABASE_URL
    secret_key: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    timezone: str = "Asia/Shanghai"
    secure_cookies: bool = False
    trusted_proxies: int = 0
    max_request_bytes: int = 16 * MEBIBYTE
    log_format: str = "console"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``environ`` (the process's own by default).

    Raises:
        SettingInvalid: a value cannot be understood.
    """
    env = os.environ if environ is None else environ
    host, port = env.get("HOST", "127.0.0.1"), _whole_number(env, "PORT", 8000)
    public_url = env.get("PUBLIC_URL", f"http://{host}:{port}").rstrip("/")
    return Settings(
        database_url=env.get("DATABASE_URL", DEFAULT_DATABASE_URL),
        secret_key=env.get("SECRET_KEY") or _kept_secret(Path(env.get("SECRET_FILE", "var/secret.key"))),
        host=host,
        port=port,
        public_url=public_url,
        timezone=env.get("TIMEZONE", "Asia/Shanghai"),
        secure_cookies=public_url.startswith("https://"),
        trusted_proxies=_whole_number(env, "TRUSTED_PROXIES", 0),
        max_request_bytes=_whole_number(env, "MAX_REQUEST_MB", 16) * MEBIBYTE,
        log_format=_one_of(env, "LOG_FORMAT", ("console", "json", "none")),
        **_mail(env),
    )


def unknown_names(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Variables that begin with the product's name and are read by nobody, such as ``TIMEBANK_DATABASE_URL``."""
    env = os.environ if environ is None else environ
    return tuple(
        sorted(name for name in env if name.startswith(OWN_PREFIX) and not name.startswith(TEST_PREFIX))
    )


class _Mail(TypedDict):
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_password: str
    mail_from: str


def _mail(env: Mapping[str, str]) -> _Mail:
    """How notices leave by e-mail; without ``SMTP_HOST`` none do."""
    host, sender = env.get("SMTP_HOST", ""), env.get("MAIL_FROM", "")
    if host and "@" not in sender:
        raise SettingInvalid(
            f"MAIL_FROM={sender!r} is no sender; write for example MAIL_FROM=bank@example.com"
        )
    return _Mail(
        smtp_host=host,
        smtp_port=_whole_number(env, "SMTP_PORT", 587),
        smtp_security=_one_of(env, "SMTP_SECURITY", ("starttls", "tls", "none")),
        smtp_user=env.get("SMTP_USER", ""),
        smtp_password=env.get("SMTP_PASSWORD", ""),
        mail_from=sender,
    )


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not value.isascii() or not value.isdecimal():
        raise SettingInvalid(f"{name}={value!r} is not a whole number; write for example {name}={default}")
    return int(value)


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name, allowed[0])
    if value not in allowed:
        raise SettingInvalid(f"{name}={value!r} is not known; write one of {', '.join(allowed)}")
    return value


def _kept_secret(path: Path) -> str:
    """The secret of this installation, made on first use and readable by its owner alone."""
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # Another process made it between the look and the write.
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
    return secret

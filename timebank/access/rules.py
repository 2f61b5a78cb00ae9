"""Decisions about passwords and lockouts, over plain values."""

from datetime import datetime, timedelta

MINIMUM_PASSWORD_LENGTH = 8
# NIST SP 800-63B 5.1.1.2: refuse short and commonly used passwords, ask for no character classes.
COMMON_PASSWORDS = frozenset(
    {
        "12345678",
        "123456789",
        "1234567890",
        "88888888",
        "66666666",
        "00000000",
        "11111111",
        "11223344",
        "password",
        "qwertyui",
        "abc12345",
        "a1234567",
        "woaini1314",
        "5201314520",
        "iloveyou",
        "1qaz2wsx",
        "87654321",
    }
)

FREE_FAILURES = 5
FIRST_LOCK_MINUTES = 5
LONGEST_LOCK_MINUTES = 60
FORGET_AFTER = timedelta(hours=24)


def password_is_acceptable(password: str, *, login_names: tuple[str, ...] = ()) -> bool:
    """Long enough, not among the first guesses, and not the person's own number."""
    if len(password) < MINIMUM_PASSWORD_LENGTH or password.lower() in COMMON_PASSWORDS:
        return False
    return len(set(password)) > 2 and password not in login_names


def locked_until(failures: int, at: datetime, free: int = FREE_FAILURES) -> datetime | None:
    """Until when a subject with ``failures`` failed tries is locked: ``free`` ones, then 5, 10, 20 … 60 minutes."""
    if failures < free:
        return None
    minutes = min(FIRST_LOCK_MINUTES * 2 ** min(failures - free, 10), LONGEST_LOCK_MINUTES)
    return at + timedelta(minutes=minutes)


def label_is_acceptable(label: str) -> bool:
    """Something to read, on one line, of at most 60 characters."""
    return 0 < len(label.strip()) <= 60 and label.isprintable()

"""What an administrator may set, one list of every field of ``Policy``; and reading what somebody wrote."""

from dataclasses import fields

from timebank.policy.attendance_settings import ATTENDANCE_SETTINGS
from timebank.policy.errors import SettingUnusable
from timebank.policy.exchange_settings import EXCHANGE_SETTINGS
from timebank.policy.rules import Policy
from timebank.policy.setting import Setting

LONGEST_WORD = 12
SETTINGS: tuple[Setting, ...] = (*EXCHANGE_SETTINGS, *ATTENDANCE_SETTINGS)

assert sorted(setting.name for setting in SETTINGS) == sorted(field.name for field in fields(Policy))


def setting_named(name: str) -> Setting | None:
    """The setting called ``name``."""
    return next((setting for setting in SETTINGS if setting.name == name), None)


def read_value(setting: Setting, written: str) -> int | str:
    """The value that somebody wrote, within the setting's limits.

    Raises:
        SettingUnusable: not a whole number, outside the limits, not one of the choices, or too long.
    """
    written = written.strip()
    if setting.unit == "choice":
        for value, _label in setting.choices:
            if str(value) == written:
                return value
        raise SettingUnusable(field=setting.name, least="", most="")
    if setting.unit == "word":
        if not 0 < len(written) <= LONGEST_WORD or not written.isprintable():
            raise SettingUnusable(field=setting.name, least=1, most=LONGEST_WORD)
        return written
    if (
        not (written.isascii() and written.isdecimal())
        or not setting.least <= int(written[:9]) <= setting.most
    ):
        raise SettingUnusable(field=setting.name, least=setting.least, most=setting.most)
    return int(written)

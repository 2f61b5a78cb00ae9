"""Why a row is sent back: the codes, what each says, and the shapes that carry them."""

from dataclasses import dataclass
from enum import StrEnum

from timebank.errors import N_


class Code(StrEnum):
    """Reasons to send a row back. The first twelve are a public interface; the rest are what a careful clerk also needs."""

    MISSING = "missing"
    INVALID_PHONE = "invalid_phone"
    INVALID_IDENTITY = "invalid_identity"
    DUPLICATE = "duplicate"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    ENDS_BEFORE_START = "ends_before_start"
    UNKNOWN_MEMBER = "unknown_member"
    UNKNOWN_ACTIVITY = "unknown_activity"
    INVALID_DURATION = "invalid_duration"
    INVALID_BARCODE = "invalid_barcode"
    INVALID_POINTS = "invalid_points"
    FORMULA = "formula"
    INVALID_DATE = "invalid_date"
    INVALID_SEX = "invalid_sex"
    INVALID_QUANTITY = "invalid_quantity"
    TOO_LONG = "too_long"
    INVALID_NAME = "invalid_name"
    UNKNOWN_PRODUCT = "unknown_product"
    VOUCHER_CODES = "voucher_codes"


class Remark(StrEnum):
    """What the reader should know of a row that is taken all the same."""

    ALREADY_THERE = "already_there"
    BIRTH_DATE_DIFFERS = "birth_date_differs"
    SEX_DIFFERS = "sex_differs"
    PHONE_SHARED = "phone_shared"
    OTHER_DAY = "other_day"
    LEFT_OUT = "left_out"


SENTENCES: dict[Code, str] = {
    Code.MISSING: N_("This cell must not be empty."),
    Code.INVALID_PHONE: N_("This is not a mobile number of eleven digits."),
    Code.INVALID_IDENTITY: N_(
        "The identity number is wrong: it needs 18 places, a real date and the right last character."
    ),
    Code.DUPLICATE: N_("This is in the register already, in a row above or from before."),
    Code.UNKNOWN_ORGANISATION: N_("There is no organisation of this name."),
    Code.ENDS_BEFORE_START: N_("The end is not after the start."),
    Code.UNKNOWN_MEMBER: N_("No member has this number and name."),
    Code.UNKNOWN_ACTIVITY: N_("There is no activity of this name, or several that could be meant."),
    Code.INVALID_DURATION: N_("The duration cannot be read, or is not between one minute and 24 hours."),
    Code.INVALID_BARCODE: N_("The barcode's length or its last digit is wrong."),
    Code.INVALID_POINTS: N_("Points must be more than zero, with at most two decimals."),
    Code.FORMULA: N_("The cell begins like a formula. Paste it as plain text or as a value."),
    Code.INVALID_DATE: N_("The date or time cannot be read, or cannot be right."),
    Code.INVALID_SEX: N_("Write male or female."),
    Code.INVALID_QUANTITY: N_("This is not a whole number that fits here."),
    Code.TOO_LONG: N_("The text is too long."),
    Code.INVALID_NAME: N_("The name has characters that cannot be shown."),
    Code.UNKNOWN_PRODUCT: N_("No product here has this barcode and name, or several could be meant."),
    Code.VOUCHER_CODES: N_("Vouchers come in with their codes, on the page of the shop's vouchers."),
}

REMARK_SENTENCES: dict[Remark, str] = {
    Remark.ALREADY_THERE: N_("Known from before; nothing changes."),
    Remark.BIRTH_DATE_DIFFERS: N_("The birth date differs from the identity number, which is taken."),
    Remark.SEX_DIFFERS: N_("The sex differs from the identity number; the cell is taken."),
    Remark.PHONE_SHARED: N_("Somebody else has the same phone number."),
    Remark.OTHER_DAY: N_("The day is not the day of the activity; the day of the record is taken."),
    Remark.LEFT_OUT: N_("The cell cannot be read and is left out."),
}


class Unacceptable(Exception):
    """A cell that cannot be taken. Raised by cleaning, caught by the judge of its row."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True)
class Rejection:
    """One row sent back. ``row`` is the spreadsheet's own number, ``column`` its header as written.

    ``field`` is our own word for the column, such as ``phone``; ``value`` is the cell as shown.
    """

    row: int
    column: str
    code: Code
    value: str
    field: str


@dataclass(frozen=True)
class Note:
    """A remark on an accepted row."""

    row: int
    column: str
    remark: Remark

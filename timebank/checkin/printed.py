"""Codes printed on paper at a post. They say where they hang and never change, so a photo of one lives for ever.

Fifteen bytes, written in base32 (24 characters), where a rotating code has 32:

====================  =====  ==========================================================
version and kind      1      format 2 in the high half; 1 = in, 2 = out in the low half
printed code          4      its number
generation            2      raised when the paper was lost
tag                   8      HMAC-SHA256 over the above, cut
====================  =====  ==========================================================
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

from timebank.access.keys import Keyring
from timebank.checkin.tokens import TAG_BYTES, Kind, TokenFalse

TOKEN_CHARACTERS = 24
BODY_BYTES = 7
_VERSION = 2
_PURPOSE = "printed-code"
_KIND_BITS = {Kind.IN: 1, Kind.OUT: 2}
_KINDS = {bits: kind for kind, bits in _KIND_BITS.items()}


@dataclass(frozen=True)
class PrintedWords:
    """What a genuine printed code says; whether it still hangs is known to the database."""

    kind: Kind
    printed_code_id: int
    generation: int


def mint(keyring: Keyring, *, kind: Kind, printed_code_id: int, generation: int) -> str:
    """The 24 characters of a printed code."""
    body = b"".join(
        (
            bytes([_VERSION << 4 | _KIND_BITS[kind]]),
            printed_code_id.to_bytes(4),
            (generation % 2**16).to_bytes(2),
        )
    )
    return base64.b32encode(body + keyring.mac(_PURPOSE, body)[:TAG_BYTES]).decode()


def looks_printed(token: str) -> bool:
    """Whether ``token`` has a printed code's length."""
    return len(token) == TOKEN_CHARACTERS


def read(keyring: Keyring, token: str) -> PrintedWords:
    """What ``token`` says, once its tag is proven. Raises ``TokenFalse``."""
    if not looks_printed(token) or not token.isascii():
        raise TokenFalse
    try:
        raw = base64.b32decode(token.upper())
    except binascii.Error as error:
        raise TokenFalse from error
    body, tag = raw[:BODY_BYTES], raw[BODY_BYTES:]
    kind = _KINDS.get(body[0] & 0x0F)
    genuine = hmac.compare_digest(keyring.mac(_PURPOSE, body)[:TAG_BYTES], tag)
    if body[0] >> 4 != _VERSION or kind is None or not genuine:
        raise TokenFalse
    return PrintedWords(kind, int.from_bytes(body[1:5]), int.from_bytes(body[5:7]))

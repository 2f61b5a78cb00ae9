"""The keys of a roster: what the device can open, what only the server can, and what ties its scans together.

Pure. Everything is derived from the installation's secret and the roster's public word, so nothing of it is stored.

* A card's own digits open its entry: PBKDF2 of the digits, salted by the roster, gives a tag to find the
  entry by and a key to open it with (AES-256-GCM). The digits hold twelve that only this installation can
  write, so trying them all costs 10^12 derivations of ``CARD_ROUNDS`` rounds for each volunteer number.
* A scanned code is stored on the device sealed to the server (ECDH on P-256, HKDF, AES-GCM, each with a key
  of its own): the device that wrote it cannot read it again.
* Scans are tied together by an HMAC over each with the one before. The browser keeps the key in a form that
  pages cannot read out.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from timebank.access.keys import Keyring

CARD_ROUNDS = 20_000
TAG_BYTES, KEY_BYTES, NONCE_BYTES, POINT_BYTES = 16, 32, 12, 65
# The order of P-256, below which a private key lies.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SealBroken(Exception):
    """Not sealed to this roster, or changed since."""


@dataclass(frozen=True)
class Entry:
    """One member on the device: ``tag`` finds it, only the card's digits open ``blob``. Both base64."""

    tag: str
    blob: str


def written(raw: bytes) -> str:
    """Bytes as base64, as the device reads them."""
    return base64.b64encode(raw).decode()


def salt(keyring: Keyring, word: str) -> bytes:
    """The roster's salt, 32 bytes."""
    return keyring.mac("offline-salt", word.encode())


def entry_for(digits: str, *, salt: bytes, content: dict[str, str]) -> Entry:
    """The entry that ``digits`` open."""
    derived = hashlib.pbkdf2_hmac("sha256", digits.encode(), salt, CARD_ROUNDS, TAG_BYTES + KEY_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    plain = json.dumps(content, ensure_ascii=False).encode()
    sealed = AESGCM(derived[TAG_BYTES:]).encrypt(nonce, plain, None)
    return Entry(written(derived[:TAG_BYTES]), written(nonce + sealed))


def row_token(keyring: Keyring, word: str, member_id: int) -> str:
    """What a tick says instead of a name; means nothing outside this roster."""
    return keyring.mac("offline-row", f"{word}|{member_id}".encode())[:10].hex()


def seal_point(keyring: Keyring, word: str) -> bytes:
    """The public key that the device seals scanned codes with: an uncompressed point, 65 bytes."""
    public = _seal_key(keyring, word).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def open_sealed(keyring: Keyring, word: str, sealed: str) -> str:
    """What was scanned; raises ``SealBroken``."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[:POINT_BYTES])
        shared = _seal_key(keyring, word).exchange(ec.ECDH(), theirs)
        key = HKDF(SHA256(), KEY_BYTES, salt=b"", info=_seal_purpose(word)).derive(shared)
        body = raw[POINT_BYTES:]
        return AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], None).decode()
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise SealBroken from error


def chain_key(keyring: Keyring, word: str) -> bytes:
    """The key of the device's chain, 32 bytes."""
    return keyring.mac("offline-chain", word.encode())


def chain_seed(keyring: Keyring, word: str) -> str:
    """What the first scan names as the one before it."""
    return keyring.mac("offline-chain-seed", word.encode()).hex()


def chain_seal(keyring: Keyring, word: str, *parts: str) -> str:
    """The seal of one scan: an HMAC over the roster's word and every part of the scan, in hexadecimal."""
    return hmac.digest(chain_key(keyring, word), "\n".join((word, *parts)).encode(), "sha256").hex()


def _seal_key(keyring: Keyring, word: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(keyring.mac("offline-seal", word.encode()))
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def _seal_purpose(word: str) -> bytes:
    return f"offline-seal|{word}".encode()

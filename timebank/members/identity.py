"""Identity numbers at rest: encrypted, found by a keyed hash, shown masked."""

from timebank.access.keys import Keyring


def identity_hash(keyring: Keyring, identity: str) -> str:
    """What an identity number is found by; nobody can try all numbers without the key."""
    return keyring.mac("identity-hash", identity.upper().encode()).hex()


def encrypt_identity(keyring: Keyring, identity: str) -> str:
    """The number as stored."""
    return keyring.encrypt("identity", identity.upper())


def masked_identity(keyring: Keyring, cipher: str | None) -> str:
    """``230225********1852``, or a dash where none is known."""
    if cipher is None:
        return "—"
    plain = keyring.decrypt("identity", cipher)
    return f"{plain[:6]}{'*' * (len(plain) - 10)}{plain[-4:]}"


def plain_identity(keyring: Keyring, cipher: str | None) -> str | None:
    """The whole number. Showing it is an act of its own, with a reason, in the audit trail."""
    return None if cipher is None else keyring.decrypt("identity", cipher)

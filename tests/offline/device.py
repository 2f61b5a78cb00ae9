"""A device without network, as the app behaves: seals what it scans, counts, and ties each scan to the one before."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast, Person, row
from tests.hours.stage import SHANGHAI
from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.activities.models import Shift
from timebank.db import Database
from timebank.members.cards import card_code
from timebank.offline import queries, sealing, service, uploads
from timebank.offline.models import OfflineScan
from timebank.offline.rules import Said
from timebank.offline.service import Taken

STARTS = NOON + timedelta(hours=2)
ENDS = STARTS + timedelta(minutes=150)
CAME, WENT = STARTS - timedelta(minutes=3), ENDS + timedelta(minutes=2)
TAKEN, BACK = STARTS - timedelta(hours=3), ENDS + timedelta(hours=1)


def words_of(at: datetime) -> str:
    """A moment as a browser writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


@dataclass
class Device:
    """A tablet that holds one roster."""

    keyring: Keyring
    taken: Taken
    holder: Actor
    scans: list[Said] = field(default_factory=list)

    @property
    def word(self) -> str:
        """The roster's public word."""
        return self.taken.roster.public_word

    def scan(self, digits: str, kind: str, at: datetime) -> Said:
        """Scan a card or a phone code."""
        return self._record("code", self.sealed(digits), kind, at)

    def tick(self, person: Person, kind: str, at: datetime) -> Said:
        """Tick a name of the list."""
        return self._record("tick", sealing.row_token(self.keyring, self.word, person.member_id), kind, at)

    def _record(self, how: str, entry: str, kind: str, at: datetime) -> Said:
        previous = self.scans[-1].seal if self.scans else sealing.chain_seed(self.keyring, self.word)
        counter = len(self.scans) + 1
        said = Said(counter, secrets.token_hex(8), at, words_of(at), kind, how, entry, previous, "")
        self.scans.append(self.resealed(said))
        return self.scans[-1]

    def resealed(self, said: Said) -> Said:
        """With the seal that belongs to it: what somebody who can run the app's own code could make."""
        return replace(said, seal=sealing.chain_seal(self.keyring, self.word, *said.parts))

    def sealed(self, digits: str) -> str:
        """Sealed to the server, as the browser does."""
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), sealing.seal_point(self.keyring, self.word)
        )
        mine = ec.generate_private_key(ec.SECP256R1())
        shared = mine.exchange(ec.ECDH(), theirs)
        key = HKDF(SHA256(), 32, salt=b"", info=f"offline-seal|{self.word}".encode()).derive(shared)
        nonce = secrets.token_bytes(12)
        point = mine.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.b64encode(point + nonce + AESGCM(key).encrypt(nonce, digits.encode(), None)).decode()

    def knows(self, digits: str) -> dict[str, str] | None:
        """Whom the device shows for a card; None for one that is not on its list."""
        salt = sealing.salt(self.keyring, self.word)
        derived = hashlib.pbkdf2_hmac("sha256", digits.encode(), salt, sealing.CARD_ROUNDS, 48)
        tag = base64.b64encode(derived[:16]).decode()
        for entry in self.taken.entries:
            if entry.tag == tag:
                blob = base64.b64decode(entry.blob)
                found: dict[str, str] = json.loads(AESGCM(derived[16:]).decrypt(blob[:12], blob[12:], None))
                return found
        return None

    def upload(
        self,
        session: Session,
        *,
        at: datetime,
        scans: list[Said] | None = None,
        clock_off: timedelta = timedelta(0),
    ) -> list[OfflineScan]:
        """Deliver ``scans``, all of them by default."""
        roster = queries.own_roster(session, self.holder, self.word, lock=True)
        delivery = uploads.Upload(roster, self.keyring, at + clock_off, at, self.holder, SHANGHAI)
        return uploads.upload(session, delivery, self.scans if scans is None else scans)


def taken_by(
    session: Session, cast: Cast, holder: Person, shift: Shift, *, at: datetime, with_names: bool = True
) -> Device:
    """A device whose holder has just downloaded the roster."""
    taken = service.take(session, cast.keyring, shift=shift, with_names=with_names, by=holder.actor, at=at)
    return Device(cast.keyring, taken, holder.actor)


def card_of(session: Session, cast: Cast, person: Person) -> str:
    """The digits on somebody's card."""
    return card_code(cast.keyring, row(session, person))


def served(database: Database, cast: Cast, device: Device) -> None:
    """The volunteer's card is scanned in and out."""
    with database.reading() as session:
        digits = card_of(session, cast, cast.volunteer)
    device.scan(digits, "in", CAME)
    device.scan(digits, "out", WENT)


def count(session: Session, table: type) -> int:
    """Rows of a table."""
    return session.scalar(select(func.count()).select_from(table)) or 0

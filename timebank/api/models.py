"""Writes that came with an Idempotency-Key."""

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from timebank.orm import Base, line, primary_key, word


class ApiRequest(Base):
    """One write of one program: what was asked for, as a digest, and the row that came of it."""

    __tablename__ = "api_requests"

    id: Mapped[primary_key]
    actor: Mapped[word]
    request_key: Mapped[line]
    content_digest: Mapped[line]
    # The id of the row that was made; which table follows from the address inside the digest.
    created_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("actor", "request_key"),)

"""The mark of a demo database."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from timebank.orm import Base, primary_key, word


class DemoTown(Base):
    """One row says that everybody in this database is made up; ``logins`` are printed by ``timebank run``."""

    __tablename__ = "demo_towns"

    id: Mapped[primary_key]
    seed: Mapped[int]
    size: Mapped[word]
    built_at: Mapped[datetime]
    logins: Mapped[dict[str, Any]]

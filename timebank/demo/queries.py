"""Whether this is a demo, and who can log in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.demo.models import DemoTown


def demo_town(session: Session) -> DemoTown | None:
    """The mark of a demo database; None where people are real."""
    return session.scalar(select(DemoTown).order_by(DemoTown.id).limit(1))

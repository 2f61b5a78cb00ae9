"""Settings as they held at any moment: for one row in Python, for all rows as a column of a query."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, literal, select, true
from sqlalchemy.orm import Session

from timebank.orgs.models import Organisation
from timebank.policy.models import PolicySetting
from timebank.policy.rules import Policy, merged


class SettingsThen:
    """The settings of every organisation as they held at any moment."""

    def __init__(self, session: Session, names: Sequence[str]) -> None:
        query = (
            select(
                PolicySetting.organisation_id,
                PolicySetting.name,
                PolicySetting.value,
                PolicySetting.changed_at,
                Organisation.path,
            )
            .join(Organisation, Organisation.id == PolicySetting.organisation_id)
            .where(PolicySetting.name.in_(names))
        )
        self._rows = session.execute(query.order_by(PolicySetting.changed_at, PolicySetting.id)).all()
        self._changes = [row.changed_at for row in self._rows]
        self._known: dict[tuple[str, int], Policy] = {}

    def at(self, path: str, moment: datetime) -> Policy:
        """What held at ``path`` when the record was made."""
        # As many rows as were written until then say everything about that moment.
        written = bisect_right(self._changes, moment)
        if (path, written) not in self._known:
            rows = ((row.organisation_id, row.name, row.value) for row in self._rows[:written])
            self._known[path, written] = merged(rows, path)
        return self._known[path, written]

    def least(self, *names: str) -> int:
        """The smallest number that any of these settings ever was anywhere."""
        ever = [int(row.value) for row in self._rows if row.name in names and row.value is not None]
        usual = [int(getattr(Policy(), name)) for name in names]
        return min([*ever, *usual])

    def column(self, name: str, path: Any, moment: Any) -> ColumnElement[int]:
        """What the setting ``name`` was, as a column over rows with a ``path`` and a ``moment``."""
        otherwise = literal(getattr(Policy(), name), Integer)
        moments = [*sorted(set(self._changes)), None]
        # The nearer before the farther: whoever has settings of their own has them for everybody below.
        places = sorted({row.path for row in self._rows}, key=len, reverse=True)
        held = [
            (
                and_(
                    path.startswith(place, autoescape=True),
                    moment >= since,
                    true() if until is None else moment < until,
                ),
                literal(getattr(self.at(place, since), name), Integer),
            )
            for place in places
            for since, until in pairwise(moments)
            if since is not None
        ]
        return case(*held, else_=otherwise) if held else otherwise

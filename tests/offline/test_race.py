"""The same upload from two connections at the same instant, as when a device repeats it too soon."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from tests.cast import Cast
from tests.offline.device import BACK, Device, count, served
from timebank.db import Database
from timebank.hours.models import Attendance, ServiceRecord
from timebank.offline.models import OfflineScan


def test_the_same_upload_twice_at_once_has_one_result(database: Database, cast: Cast, device: Device) -> None:
    served(database, cast, device)
    together = Barrier(4)

    def deliver(_turn: int) -> list[str]:
        together.wait(timeout=20)
        with database.transaction() as session:
            return [str(row.outcome) for row in device.upload(session, at=BACK)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(deliver, range(4)))
    assert answers == [["ok", "ok"]] * 4
    with database.reading() as session:
        assert count(session, OfflineScan) == 2
        assert count(session, ServiceRecord) == 1
        assert session.scalars(select(Attendance)).one().check_out_method == "offline"

"""One row of everything in the cast's county, so that every address can be filled."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Product
from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, attended, published
from tests.house.counter_scene import furnish_counter
from tests.house.fraud_scene import furnish_fraud
from tests.house.hours_scene import furnish_hours
from tests.house.offline_scene import furnish_offline
from tests.house.people_scene import furnish_people
from tests.house.reconcile_scene import furnish_differences
from tests.house.settlement_scene import furnish_settlement
from tests.house.stock_scene import furnish_stock
from tests.store.stage import give_points, sell, set_the_stage
from timebank.access import service as access
from timebank.access.actors import Role
from timebank.access.models import RoleGrant
from timebank.activities import templates
from timebank.activities.models import ActivityPhoto, Shift
from timebank.checkin import kiosks, presence
from timebank.clock import now

NO_SECRET = "there-is-no-such-secret-word"


@dataclass(frozen=True)
class Scene:
    """What the arguments of an address are filled with. ``run_id`` names two kinds of run, by endpoint.

    Attributes:
        contents: by endpoint of the API, a body that names rows of the county and can be understood.
    """

    arguments: dict[str, int | str]
    contents: dict[str, dict[str, Any]]
    runs: dict[str, int] = field(default_factory=dict)

    def filled(self, endpoint: str, names: set[str]) -> dict[str, int | str]:
        """A value for each of ``names``; a name that is not known here is a ``KeyError``."""
        known = self.arguments | {"run_id": self.runs.get(endpoint.partition(".")[0], 0)}
        return {name: known[name] for name in names}


def furnish(session: Session, cast: Cast) -> Scene:
    """The volunteer has served once and redeemed once; a shop, a key, an import and a reconciliation are there."""
    add_rule(session, cast)
    shift = published(session, cast)
    record = attended(session, shift, cast.volunteer)
    template = templates.keep(
        session, activity=shift.activity, name="打扫", by=cast.coordinator.actor, at=NOON, timezone=SHANGHAI
    )
    shift.activity.photo = ActivityPhoto(content=b"\xff\xd8\xff")
    stage = set_the_stage(session, cast)
    give_points(session, cast.volunteer, 100, record_id=900)
    order = sell(
        session,
        stage.shop_id,
        cast.volunteer,
        {stage.soap_id: 1},
        key="a-basket-on-the-scene-0001",
        by=cast.attendant.actor,
    ).order
    product = session.get_one(Product, stage.soap_id)
    product.picture, product.picture_type = b"\x89PNG\r\n\x1a\n", "image/png"
    key, _secret = access.create_api_key(
        session,
        label="网站",
        role=Role.AUDITOR,
        organisation_id=cast.county_id,
        by=cast.administrator.actor,
        at=NOON,
    )
    printed_code_id, kiosk_id = _door(session, cast, shift)
    grant = session.scalars(select(RoleGrant).where(RoleGrant.user_id == cast.coordinator.user_id)).one()
    people = furnish_people(session, cast)
    arguments: dict[str, int | str] = {
        **people,
        **furnish_stock(session, cast, stage),
        **furnish_settlement(session, cast, stage),
        **furnish_fraud(session, cast),
        **furnish_offline(session, cast, shift),
        **furnish_hours(session, cast),
        **furnish_differences(session, cast),
        "activity_id": shift.activity_id,
        "category_id": shift.activity.category_id,
        "grant_id": grant.id,
        "key_id": key.id,
        "kiosk_id": kiosk_id,
        "member_id": cast.volunteer.member_id,
        "order_id": order.id,
        "organisation_id": cast.station_id,
        "printed_code_id": printed_code_id,
        "product_id": product.id,
        "record_id": record.id,
        "register": "members",
        "secret": NO_SECRET,
        "shift_id": shift.id,
        "template_id": template.id,
        "shop_id": stage.shop_id,
        "number": cast.volunteer.number,
        "token": NO_SECRET,
        "user_id": cast.coordinator.user_id,
        "word": NO_SECRET,
    }
    arguments |= furnish_counter(session, cast, stage)
    return Scene(arguments, _bodies(cast, shift.activity.category_id))


def _door(session: Session, cast: Cast, shift: Shift) -> tuple[int, int]:
    """A printed code of the shift's activity, and a tablet at its door."""
    by = cast.coordinator.actor
    code = presence.make_printed_code(session, activity=shift.activity, name="北门", by=by, at=NOON)
    abilities = kiosks.Abilities(shows_code=True, reads_cards=True, is_attended=False)
    secret = kiosks.set_up(
        session,
        shift=shift,
        abilities=abilities,
        pin="246810",
        by=by,
        ends_at=now() + timedelta(days=1),
        at=now(),
    )
    return code.id, kiosks.of_secret(session, secret, at=now()).id


def _bodies(cast: Cast, category_id: int) -> dict[str, dict[str, Any]]:
    """What the JSON interface is sent, by endpoint."""
    begins = now() + timedelta(days=3)
    shift_plan = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat()}
    return {
        "api_activities.create": {
            "organisation_id": cast.station_id,
            "category_id": category_id,
            "title": "义诊",
            "place": "广场",
            "shifts": [shift_plan],
        },
        "api_activities.sign_up": {"member_id": cast.neighbour.member_id},
        "api_catalogue.set_limit": {
            "organisation_id": cast.county_id,
            "category": "日化",
            "counted_for": "person",
            "period": "month",
            "units": 5,
        },
        "api_stock.receive": {"kind": "receipt", "lines": [{"product_id": 1, "quantity": 1}]},
        "api_members.register": {
            "name": "刘洋",
            "phone": "13911112222",
            "organisation_id": cast.team_id,
            "consented": True,
        },
    }

"""Every code that is shown or printed is read back as a camera sees it: straight, askew, out of focus, damaged."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup

from tests import pictures
from tests.cast import Cast
from tests.journeys.scan_scene import Browser, stage_to_come
from timebank.access.keys import Keyring
from timebank.activities.models import Shift
from timebank.checkin import tokens
from timebank.checkin.tokens import Kind
from timebank.db import Database
from timebank.web import codes

KEYRING = Keyring("a secret of at least thirty-two characters")


def drawings(page: str) -> list[str]:
    """The codes on a page, as they are drawn there."""
    return [one for one in re.findall(r"<svg.*?</svg>", page, re.DOTALL) if "crispEdges" in one]


def as_seen(svg: str, *, printed: bool) -> list[str | None]:
    """What a camera reads: straight, 15° either way, out of focus, and of paper twenty blots over 6 %."""
    clean = pictures.picture(svg, module=8, margin=40)
    seen = [clean, pictures.turned(clean, 15), pictures.turned(clean, -15), pictures.blurred(clean, 3)]
    if printed:
        bare = pictures.picture(svg, module=8)
        seen += [pictures.stained(bare, 0.06, seed=seed) for seed in range(20)]
    return [pictures.read(one) for one in seen]


def test_the_changing_code_of_every_kind_is_read_from_the_screen() -> None:
    for kind in Kind:
        token = tokens.mint(KEYRING, kind=kind, shift_id=7, display=3, step=118_000_000)
        svg = str(codes.link_qr("https://zyz.qinghe.gov.cn/s/", tail=token, level="M", quiet=2))
        assert set(as_seen(svg, printed=False)) == {f"https://zyz.qinghe.gov.cn/s/{token}"}


@pytest.mark.parametrize("draw", [codes.digits_qr, codes.code128])
def test_the_phone_s_code_is_read_from_its_screen(draw: Callable[[str], Markup]) -> None:
    svg = str(draw("881234567890123456"))
    clean = pictures.picture(svg, module=6, margin=60)
    assert pictures.read(clean) == "881234567890123456"
    assert pictures.read(pictures.blurred(clean, 2)) == "881234567890123456"


def papers(database: Database, cast: Cast, coordinator: FlaskClient) -> dict[str, str]:
    """Every page that is printed with a code: its words, by what it is."""
    stage = stage_to_come(database, cast)
    with database.reading() as session:
        activity_id = session.get_one(Shift, stage.shift_id).activity_id
    members = [str(cast.people[part].member_id) for part in ("volunteer", "neighbour", "attendant")]
    post = coordinator.post(f"/activities/{activity_id}/presence/codes", data={"name": "北门"})
    answers = {
        "poster": coordinator.get(f"/activities/{activity_id}/poster"),
        "post": coordinator.get(post.headers["Location"]),
        "card": coordinator.get(f"/members/{members[0]}/card"),
        "sheet of cards": coordinator.post("/members/cards", data={"member": members}),
    }
    return {what: answer.get_data(as_text=True) for what, answer in answers.items()}


def test_every_printed_code_is_read_askew_blurred_and_with_six_percent_of_it_gone(
    database: Database, cast: Cast, client_as: Browser
) -> None:
    found = {
        what: [as_seen(svg, printed=True) for svg in drawings(page)]
        for what, page in papers(database, cast, client_as("coordinator")).items()
    }
    assert {what: len(read) for what, read in found.items()} == {
        "poster": 1,
        "post": 2,
        "card": 1,
        "sheet of cards": 3,
    }
    for what, read in found.items():
        for each in read:
            assert len(set(each)) == 1, what
            assert each[0] is not None, what

"""A photo is made small and forgets where it was taken; only who must know the face sees it."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.cast import Cast
from tests.pictures import portrait
from timebank.clock import now
from timebank.members import photos
from timebank.members.errors import PhotoInvalid

ClientAs = Callable[[str], FlaskClient]
ONE_ENGINE = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)


def test_a_photo_is_upright_square_small_and_says_nothing_of_its_origin() -> None:
    sent = portrait()
    assert b"SecretPhoneMaker" in sent
    stored = photos.stored_photo(sent)
    assert b"SecretPhoneMaker" not in stored
    with Image.open(io.BytesIO(stored)) as picture:
        assert picture.size == (photos.SIDE_PIXELS, photos.SIDE_PIXELS)
        assert picture.format == "JPEG"
        assert len(picture.getexif()) == 0
        # The face stands above the middle when the picture is the right way up.
        skin = picture.convert("RGB").getpixel((photos.SIDE_PIXELS // 2, photos.SIDE_PIXELS // 2))
        assert isinstance(skin, tuple)
        assert abs(skin[0] - 230) < 12
        assert abs(skin[2] - 150) < 12


def test_what_is_no_photo_is_refused(tmp_path: Path) -> None:
    tiny, drawn = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (20, 20)).save(tiny, "PNG")
    Image.new("RGB", (200, 200)).save(drawn, "GIF")
    bomb = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(bomb, "PNG")
    for content in (
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff" + b"x" * 200,
        b"x" * (photos.LARGEST_FILE_BYTES + 1),
        tiny.getvalue(),
        drawn.getvalue(),
        bomb.getvalue(),
        portrait()[:2000],
    ):
        with pytest.raises(PhotoInvalid):
            photos.stored_photo(content)


def upload(client: FlaskClient, url: str) -> int:
    body = {"photo": (io.BytesIO(portrait()), "我.jpg")}
    return client.post(url, data=body, content_type="multipart/form-data").status_code


@ONE_ENGINE
def test_the_face_is_seen_by_its_owner_and_by_those_who_must_know_it(
    app: Flask, client: FlaskClient, client_as: ClientAs, cast: Cast
) -> None:
    url = f"/members/{cast.volunteer.member_id}/photo"
    volunteer = client_as("volunteer")
    assert upload(volunteer, "/me/photo") == 302
    expected = {
        "volunteer": 200,
        "coordinator": 200,
        "attendant": 200,
        "administrator": 200,
        "auditor": 403,
        "neighbour": 404,
        "stranger": 404,
        "stranger_attendant": 404,
    }
    found = {part: client_as(part).get(url).status_code for part in expected}
    assert found == expected
    assert client.get(url).status_code == 302
    answer = volunteer.get(url)
    assert answer.mimetype == "image/jpeg"
    assert "private" in answer.headers["Cache-Control"]
    assert volunteer.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert volunteer.post("/me/photo/remove").status_code == 302
    assert volunteer.get(url).status_code == 404


@ONE_ENGINE
def test_a_pass_opens_one_face_to_one_viewer_for_half_an_hour(
    app: Flask, client_as: ClientAs, cast: Cast
) -> None:
    upload(client_as("volunteer"), "/me/photo")
    upload(client_as("neighbour"), "/me/photo")
    url = f"/members/{cast.volunteer.member_id}/photo?by="

    def word(viewer: str, at: datetime) -> str:
        return photos.pass_word(cast.keyring, member_id=cast.volunteer.member_id, viewer=viewer, at=at)

    viewer = cast.stranger_attendant.actor.label
    good = word(viewer, now())
    assert client_as("stranger_attendant").get(url + good).status_code == 200
    assert client_as("stranger").get(url + good).status_code == 404, "another viewer"
    old = word(viewer, now() - timedelta(seconds=2 * photos.PASS_SECONDS))
    assert client_as("stranger_attendant").get(url + old).status_code == 404
    other = f"/members/{cast.neighbour.member_id}/photo?by={good}"
    assert client_as("stranger_attendant").get(other).status_code == 404, "another face"


@ONE_ENGINE
def test_what_is_no_picture_is_said_beside_the_field(client_as: ClientAs, cast: Cast) -> None:
    body = {"photo": (io.BytesIO(b"no picture"), "a.jpg")}
    page = client_as("volunteer").post("/me/photo", data=body, content_type="multipart/form-data")
    assert page.status_code == 200
    assert "8 MB" in page.get_data(as_text=True)

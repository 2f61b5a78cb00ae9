"""The face: macros, base page, error page, words of the house, icons."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.cast import NOON, Cast
from tests.web.gallery_app import PAPER_SIZES, hang_gallery
from timebank.demo.models import DemoTown
from timebank.policy import service as policy
from timebank.web.icons import icon_svg

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=\"|<style")


@pytest.fixture
def gallery(app: Flask, cast: Cast) -> FlaskClient:
    """A visitor at the gallery."""
    return hang_gallery(app).test_client()


def _page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["/gallery", "/gallery/wrong", "/gallery/result/go", *(f"/gallery/paper/{size}" for size in PAPER_SIZES)],
)
def test_no_macro_draws_anything_inline(gallery: FlaskClient, path: str) -> None:
    assert INLINE.search(_page(gallery, path)) is None


def test_values_from_people_are_escaped_in_macros(gallery: FlaskClient) -> None:
    page = _page(gallery, "/gallery")
    assert 'value="&lt;b&gt;"' in page
    assert 'value="<b>"' not in page


def test_an_error_stands_in_the_title_the_summary_and_beside_its_field(gallery: FlaskClient) -> None:
    page = _page(gallery, "/gallery/wrong")
    assert re.search(r"<title>有误：", page)
    assert '<a href="#name">' in page
    assert '<a href="#style-0">' in page
    assert 'aria-describedby="name-hint name-error"' in page
    assert 'id="name-error"' in page
    assert 'aria-invalid="true"' in page


def test_a_page_without_errors_says_nothing_of_errors(gallery: FlaskClient) -> None:
    page = _page(gallery, "/gallery")
    assert "有误：" not in page
    assert 'class="summary"' not in page


def test_points_are_never_shown_without_their_unit(gallery: FlaskClient) -> None:
    page = _page(gallery, "/gallery")
    assert re.search(r"−1,234\.50 <span class=\"unit\">积分</span>", page)
    assert re.search(r"\+25 <span class=\"unit\">积分</span>", page)


def test_points_carry_the_county_s_own_name(gallery: FlaskClient, app: Flask, cast: Cast) -> None:
    with app.extensions["timebank"].database.transaction() as session:
        written = {"points_name_zh": "福分"}
        policy.change_settings(
            session, organisation_id=cast.county_id, written=written, by_name="陈立", at=NOON
        )
    with gallery.session_transaction() as session:
        session["_user_id"] = cast.volunteer.actor.get_id()
    assert '<span class="unit">福分</span>' in _page(gallery, "/gallery")


def test_a_demo_database_says_so_on_every_page_and_a_real_one_does_not(
    gallery: FlaskClient, app: Flask, cast: Cast
) -> None:
    assert "demo-banner" not in _page(gallery, "/gallery")
    with app.extensions["timebank"].database.transaction() as session:
        session.add(DemoTown(seed=1, size="small", built_at=NOON, logins={}))
    assert "demo-banner" in _page(gallery, "/gallery")


def test_the_page_is_in_the_language_and_the_size_that_the_reader_chose(gallery: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in _page(gallery, "/gallery")
    gallery.post("/locale", data={"locale": "en", "next": "/gallery"})
    gallery.post("/elder", data={"on": "1", "next": "/gallery"})
    page = _page(gallery, "/gallery")
    assert '<html lang="en" data-elder>' in page
    assert "Skip to the content" in page


def test_nobody_is_forbidden_to_zoom(gallery: FlaskClient) -> None:
    assert "user-scalable" not in _page(gallery, "/gallery")
    assert "maximum-scale" not in _page(gallery, "/gallery")


def test_a_missing_page_says_what_happened_and_what_to_do(client_as: Callable[[str], FlaskClient]) -> None:
    answer = client_as("volunteer").get("/no-such-page")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert answer.headers["X-Request-Id"] in page
    assert 'href="/"' in page
    assert "Traceback" not in page


def test_the_page_of_a_failed_database_does_not_fail_too(
    client_as: Callable[[str], FlaskClient], app: Flask
) -> None:
    browser = client_as("volunteer")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.extensions["timebank"].database.transaction() as session:
        session.execute(text("ALTER TABLE users RENAME TO users_lost"))
    answer = browser.get("/password")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.get_data(as_text=True)
    with app.extensions["timebank"].database.transaction() as session:
        session.execute(text("ALTER TABLE users_lost RENAME TO users"))


def test_an_icon_that_does_not_exist_is_an_error_and_not_a_hole() -> None:
    assert icon_svg("qr-code").startswith("<svg")
    with pytest.raises(LookupError):
        icon_svg("no-such-icon")

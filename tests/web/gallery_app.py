"""A page with every macro once, served by the real application: what the tests of the face look at."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, render_template
from flask_wtf import FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from tests.cast import NOON
from timebank.web.requests import public

PAPER_SIZES = ("receipt-58", "receipt-80", "card", "cards-a4", "a4", "a4-landscape")
PICTURE = Markup('<svg viewBox="0 0 9 9"><rect width="9" height="9"/></svg>')
STATES = (
    "draft",
    "published",
    "cancelled",
    "waiting",
    "inside",
    "pending",
    "held",
    "clean",
    "broken",
    "unheard-of",
)


class EveryField(FlaskForm):
    """One field of each kind that the field macro draws."""

    name = StringField("Name", [InputRequired("Write a name.")], description="As on the poster.")
    day = DateField("Day", [InputRequired()])
    category = SelectField("Category", choices=[SelectChoice("a", "Care")])
    style = RadioField(
        "Style",
        [InputRequired("Choose a style.")],
        choices=[SelectChoice("x", "At once"), SelectChoice("y", "Later")],
    )
    days = SelectMultipleField(
        "Days",
        choices=[SelectChoice("1", "Monday"), SelectChoice("2", "Tuesday")],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    text = TextAreaField("Text")
    password = PasswordField("Password", [InputRequired("Choose a password.")])
    picture = FileField("Picture")
    agreed = BooleanField("I agree")


def hang_gallery(app: Flask) -> Flask:
    """Add ``/gallery``, ``/gallery/wrong``, ``/gallery/result/TONE`` and ``/gallery/paper/SIZE`` to ``app``."""
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(str(Path(__file__).parent / "gallery")), FileSystemLoader(str(app.template_folder))]
    )

    @public
    def gallery(wrong: bool = False) -> str:
        form = EveryField(meta={"csrf": False})
        if wrong:
            form.validate()
        return render_template("gallery.html", form=form, **_facts())

    app.add_url_rule("/gallery", "gallery", gallery)
    app.add_url_rule("/gallery/wrong", "gallery_wrong", public(lambda: gallery(wrong=True)))
    app.add_url_rule(
        "/gallery/result/<tone>",
        "gallery_result",
        public(lambda tone: render_template("result.html", tone=tone)),
    )
    app.add_url_rule(
        "/gallery/paper/<size>",
        "gallery_paper",
        public(lambda size: render_template("paper.html", size=size, **_facts())),
    )
    return app


def _facts() -> dict[str, object]:
    line = SimpleNamespace(
        at=NOON,
        title="Haircuts",
        amount=Decimal(25),
        balance=Decimal("1234.5"),
        note="Hall",
        grade="A",
        href="#",
    )
    spent = SimpleNamespace(**vars(line) | {"amount": Decimal(-80), "grade": None})
    person = SimpleNamespace(name="王桂兰", points=Decimal("1234.5"))
    return {
        "at": NOON,
        "points": Decimal("1234.5"),
        "lines": [line, spent],
        "rows": [person, person],
        "name": "王桂兰",
        "picture": PICTURE,
        "states": STATES,
    }

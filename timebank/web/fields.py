"""Forms: a refusal of the domain beside the field that it is about; options of select and radio fields."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # Newer than its type stubs.

from timebank.errors import Refusal
from timebank.web.errors import said


def show_refusal(form: Any, refusal: Refusal) -> None:
    """Put the refusal's sentence beside its field, or above the form when the form has no such field."""
    if refusal.field and refusal.field in form:
        form[refusal.field].errors = [*form[refusal.field].errors, said(refusal)]
    else:
        form.form_errors.append(said(refusal))


def choices(options: Iterable[tuple[object, object]]) -> list[Any]:
    """Options for a field's ``choices``, from pairs of value and words."""
    return [SelectChoice(value, words) for value, words in options]


def day_in(field: Any) -> date:
    """The day in a date field that the form requires and has validated."""
    day = field.data
    assert isinstance(day, date), "a required date field was validated"
    return day

"""Forms: a refusal of the domain beside the field that it is about."""

from typing import Any

from timebank.errors import Refusal
from timebank.web.errors import said


def show_refusal(form: Any, refusal: Refusal) -> None:
    """Put the refusal's sentence beside its field, or above the form when the form has no such field."""
    if refusal.field and refusal.field in form:
        form[refusal.field].errors = [*form[refusal.field].errors, said(refusal)]
    else:
        form.form_errors.append(said(refusal))

"""Forms: a refusal of the domain beside the field that it is about, and choices that many forms share."""

from collections.abc import Iterable
from typing import Any

from timebank.errors import Refusal
from timebank.orgs.models import Organisation
from timebank.orgs.rules import depth
from timebank.web.errors import said


def show_refusal(form: Any, refusal: Refusal) -> None:
    """Put the refusal's sentence beside its field, or above the form when the form has no such field."""
    if refusal.field and refusal.field in form:
        form[refusal.field].errors = [*form[refusal.field].errors, said(refusal)]
    else:
        form.form_errors.append(said(refusal))


def organisation_choices(organisations: Iterable[Organisation]) -> list[tuple[int, str]]:
    """Options of a select field, each indented by its depth below the highest one in the list.

    Args:
        organisations: parents before children, as ``orgs.queries.organisations`` returns them.
    """
    found = list(organisations)
    top = min((depth(place.path) for place in found), default=0)
    # An ideographic space keeps its width at the start of an option, where browsers drop ordinary ones.
    return [(place.id, "\u3000" * (depth(place.path) - top) + place.name) for place in found]

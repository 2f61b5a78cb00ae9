"""Every refusal of the house: a stable code, one sentence, the facts.

Domain code raises a subclass of one of the five families below and knows no status numbers; the
web layer (``timebank.web.errors``) maps families to answers. Sentences are written in English,
marked with :func:`N_`, and translated where they are shown, with the facts filled in.
"""

from typing import ClassVar


def N_(sentence: str) -> str:  # noqa: N802 - the customary name of a marker for message extraction.
    """Mark ``sentence`` for translation without translating it yet."""
    return sentence


class Refusal(Exception):
    """The house says no, and why.

    Attributes:
        code: stable machine word, part of the public interface.
        sentence: what a person reads, with ``%(name)s`` places for the facts.
        next_step: what the person can do now; may be empty.
        facts: plain values, safe to show to the person who asked.
        field: the name of the form field or JSON member at fault, where there is one.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = N_("This cannot be done.")
    next_step: ClassVar[str] = ""

    def __init__(self, *, field: str | None = None, **facts: object) -> None:
        super().__init__(self.code)
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        return self.sentence % self.facts if self.facts else self.sentence


class Absent(Refusal):
    """There is no such thing, or none that this person may know of."""

    code = "not_found"
    sentence = N_("This page or record was not found.")
    next_step = N_("Check the address, or go back to the home page.")


class Forbidden(Refusal):
    """The person may see the thing, but not do this with it."""

    code = "forbidden"
    sentence = N_("Your role does not allow this.")
    next_step = N_("Ask your administrator if you should be able to do it.")


class Invalid(Refusal):
    """What was sent cannot be accepted as it is."""

    code = "invalid"
    sentence = N_("Something in what you entered is not right.")


class Conflict(Refusal):
    """It was fine in itself, but does not fit the present state."""

    code = "conflict"
    sentence = N_("This was changed in the meantime.")
    next_step = N_("Reload the page and try again.")


class Throttled(Refusal):
    """Too many tries; wait."""

    code = "throttled"
    sentence = N_("Too many attempts. Try again in %(minutes)s minutes.")


class DatabaseBusy(Throttled):
    """Others were writing for too long, or two acts waited for each other; nothing was changed."""

    code = "busy"
    sentence = N_("Too many people are working at this moment. Nothing was changed.")
    next_step = N_("Wait a moment and send it again.")

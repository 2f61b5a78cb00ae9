"""Refusals about members, their cards and codes."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class MemberAbsent(Absent):
    """No such member within the actor's scope."""

    code = "member_not_found"
    sentence = N_("This member was not found.")


class IdentityTaken(Conflict):
    """Another member has the same identity number."""

    code = "identity_taken"
    sentence = N_("A member with this identity number is registered already.")
    next_step = N_("Search for the member by name or phone instead of registering again.")


class CodeInvalid(Invalid):
    """Not one of our codes, mistyped, or of a lost card."""

    code = "code_invalid"
    sentence = N_("This code is not valid.")
    next_step = N_("Scan again, or ask for the volunteer number.")


class CodeExpired(Invalid):
    """The phone code was shown more than a minute ago."""

    code = "code_expired"
    sentence = N_("This code is too old.")
    next_step = N_("Ask the member to show the fresh code on the phone.")


class CodeUsed(Conflict):
    """The phone code was scanned before."""

    code = "code_used"
    sentence = N_("This code has been used already.")
    next_step = N_("Ask the member to show the fresh code on the phone.")


class CardRevoked(Forbidden):
    """A newer card exists; this one was reported lost."""

    code = "card_revoked"
    sentence = N_("This card was replaced and no longer works.")
    next_step = N_("Ask for the new card or the volunteer number, and keep the old card.")


class MemberSuspended(Forbidden):
    """The member's account is suspended."""

    code = "member_suspended"
    sentence = N_("This member is suspended.")
    next_step = N_("Ask the coordinator.")


class PinWrong(Invalid):
    """The PIN does not match, or none is set."""

    code = "pin_wrong"
    sentence = N_("The PIN is not right.")
    next_step = N_("Try again, or show the phone code.")

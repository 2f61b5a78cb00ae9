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


class MemberTaken(Conflict):
    """Somebody of the same name and phone is registered: the same person, most likely."""

    code = "member_taken"
    sentence = N_("%(name)s is registered already with this phone number.")
    next_step = N_("Search for the member instead of registering again.")


class NameInvalid(Invalid):
    """No name, or one that no register could hold."""

    code = "name_invalid"
    sentence = N_("Enter the name as it stands on the identity card.")


class PhoneInvalid(Invalid):
    """Not a mainland mobile number."""

    code = "invalid_phone"
    sentence = N_("Enter a mobile number of 11 digits, for example 139 1234 5678.")


class IdentityInvalid(Invalid):
    """The check character, the province or the date of birth is not right."""

    code = "invalid_identity"
    sentence = N_("This is not a valid identity number. Check its 18 characters against the card.")


class BirthDateDiffers(Invalid):
    """The date given and the date inside the identity number are two."""

    code = "birth_date_differs"
    sentence = N_("The identity number says another date of birth: %(identity_says)s.")


class BirthDateImpossible(Invalid):
    """In the future, or before 1900."""

    code = "birth_date_impossible"
    sentence = N_("Nobody registered here can be born on this day.")


class ConsentMissing(Invalid):
    """Nobody is registered who has not agreed (Personal Information Protection Law, article 13)."""

    code = "consent_missing"
    sentence = N_("Register the person only when they have agreed that these data are kept.")


class PinTooWeak(Invalid):
    """Not six digits, or six that a thief of the card would try first."""

    code = "pin_too_weak"
    sentence = N_(
        "Choose six digits that are not a row, a repeat, a birthday or the end of the phone number."
    )


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


class NobodyChosen(Invalid):
    """Cards are to be printed, but for nobody."""

    code = "nobody_chosen"
    sentence = N_("Nobody is chosen.")
    next_step = N_("Go back and tick the members whose cards you want to print.")

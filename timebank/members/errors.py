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


class PinMissing(Invalid):
    """A volunteer number was given without the PIN."""

    code = "pin_missing"
    sentence = N_("With the volunteer number the PIN is needed.")
    next_step = N_("Let the member enter it.")


class NoPinSet(Forbidden):
    """The member has never chosen a PIN."""

    code = "no_pin_set"
    sentence = N_("This member has no PIN yet.")
    next_step = N_("Scan the code on the phone, or ask the coordinator to set a PIN.")


class NobodyChosen(Invalid):
    """Cards are to be printed, but for nobody."""

    code = "nobody_chosen"
    sentence = N_("Nobody is chosen.")
    next_step = N_("Go back and tick the members whose cards you want to print.")


class PhotoInvalid(Invalid):
    """Not a picture that a browser sends, too large, or too small."""

    code = "photo_invalid"
    sentence = N_("Choose a photo (JPEG, PNG or WebP) of at most 8 MB on which the face can be seen.")


class PhotoAbsent(Absent):
    """No photo of this member, or none that the actor may see."""

    code = "photo_not_found"
    sentence = N_("There is no photo here.")


class HouseholdSelf(Invalid):
    """Nobody is their own relative."""

    code = "household_self"
    sentence = N_("Choose somebody else: these are one and the same person.")


class HouseholdSame(Conflict):
    """The two are linked already."""

    code = "household_same"
    sentence = N_("%(name)s is in this household already.")


class HouseholdOther(Conflict):
    """Both belong to a household, and the two are not one."""

    code = "household_other"
    sentence = N_("%(name)s belongs to another household.")
    next_step = N_("Let them leave that household first.")


class HouseholdLinkAbsent(Absent):
    """No such proposal for this actor."""

    code = "household_link_not_found"
    sentence = N_("This proposal was not found.")


class HouseholdLinkDecided(Conflict):
    """Somebody was faster."""

    code = "household_link_decided"
    sentence = N_("This proposal was decided already.")


class HouseholdLinkNeedsOther(Forbidden):
    """Two people decide about a household: who proposed it is one of them."""

    code = "household_link_needs_other"
    sentence = N_("A second person has to agree to this.")
    next_step = N_("Ask the other member, or a colleague who is none of the two.")


class GroupAbsent(Absent):
    """No such group in the actor's county."""

    code = "group_not_found"
    sentence = N_("This group was not found.")


class GroupMembershipAbsent(Absent):
    """No such entry within the actor's scope."""

    code = "group_membership_not_found"
    sentence = N_("This entry was not found.")


class GroupNameInvalid(Invalid):
    """No name, or too long a one."""

    code = "group_name_invalid"
    sentence = N_("Enter a name of at most %(most)s characters.")


class GroupNameTaken(Conflict):
    """The organisation has a group of this name."""

    code = "group_name_taken"
    sentence = N_("There is a group called %(name)s already.")


class GroupClosed(Conflict):
    """Nobody is entered in it any more."""

    code = "group_closed"
    sentence = N_("The group %(name)s is closed; nobody is entered any more.")


class GroupByAge(Invalid):
    """It follows from the date of birth."""

    code = "group_by_age"
    sentence = N_("Nobody is entered in %(name)s: whoever is %(age)s belongs to it by their date of birth.")


class GroupDaysWrong(Invalid):
    """The days, or the age, do not fit."""

    code = "group_days_wrong"
    sentence = N_("These days do not fit together. The last day is not before the first.")


class GroupMembershipOverlaps(Conflict):
    """The member is in the group on some of these days."""

    code = "group_membership_overlaps"
    sentence = N_("%(name)s is in the group %(group)s on some of these days already.")

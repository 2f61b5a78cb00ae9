"""Refusals at the counter that are not about the sale itself."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class BasketClosed(Conflict):
    """The basket was handed over or given up already."""

    code = "basket_closed"
    sentence = N_("This basket is finished.")
    next_step = N_("Begin with the next customer.")


class BasketFull(Conflict):
    """More units of one product than a line holds."""

    code = "basket_full"
    sentence = N_("At most %(most)s of one product can be in a basket.")


class MemberNotIdentified(Forbidden):
    """Nobody has shown a code, card or PIN yet, or it was too long ago."""

    code = "member_not_identified"
    sentence = N_("The member has to show the code or card, or enter the PIN, once more.")
    next_step = N_("Scan the member's code, then press again.")


class ShiftNotOpen(Conflict):
    """Nobody sells before opening a shift, nor after closing it."""

    code = "shift_not_open"
    sentence = N_("Your shift at this counter is not open.")
    next_step = N_("Open the shift, then scan again.")


class ShiftElsewhere(Conflict):
    """Nobody stands at two counters at once."""

    code = "shift_elsewhere"
    sentence = N_("Your shift at %(shop)s is still open.")
    next_step = N_("Close it there first.")


class ShiftAbsent(Absent):
    """No such shift, or none of this shop."""

    code = "shift_not_found"
    sentence = N_("This shift was not found.")


class ReportAbsent(Absent):
    """No such day sheet."""

    code = "report_not_found"
    sentence = N_("This day sheet was not found.")


class CounterLocked(Forbidden):
    """Nobody has done anything at this counter for two minutes."""

    code = "counter_locked"
    sentence = N_("This counter is locked, because nothing was done for two minutes.")
    next_step = N_("Enter your PIN or your password to go on.")


class SecretWrong(Forbidden):
    """Neither the PIN nor the password."""

    code = "secret_wrong"
    sentence = N_("This is neither the PIN nor the password.")
    next_step = N_("Enter it once more. After five wrong tries you have to wait.")


class CountMissing(Conflict):
    """A shift is closed after its goods were counted."""

    code = "count_missing"
    sentence = N_("Count the goods before you close the shift.")


class CountNotOwed(Conflict):
    """The shift was counted, at its close or afterwards."""

    code = "count_not_owed"
    sentence = N_("No count is owed for this shift any more.")


class CountOwn(Forbidden):
    """Whoever stood in the shift does not count for it afterwards."""

    code = "count_own"
    sentence = N_("You stood in this shift yourself.")
    next_step = N_("Let somebody else count the goods.")


class CountUnreadable(Invalid):
    """Something in the count is no number."""

    code = "count_unreadable"
    sentence = N_("%(product)s: enter how many you counted, a whole number from 0.")


class ExplanationMissing(Invalid):
    """The count differs from the book and nobody says why."""

    code = "explanation_missing"
    sentence = N_("Write down why the count differs: the auditor will read it.")


class SecondPersonNeeded(Forbidden):
    """Somebody else has to agree, and has not."""

    code = "second_person_needed"
    sentence = N_("A second attendant of this shop has to sign this.")
    next_step = N_("Let her enter her own number or phone and her password or PIN.")


class OwnShift(Conflict):
    """One's own shift is closed with a count, never forced."""

    code = "own_shift"
    sentence = N_("This is your own shift.")
    next_step = N_("Close it in the usual way, with a count.")


class ShiftNotForgotten(Conflict):
    """Nobody else ends a shift that is going on."""

    code = "shift_not_forgotten"
    sentence = N_("Somebody was at this counter less than %(hours)s hours ago.")
    next_step = N_("Let the attendant close the shift herself; a forgotten one can be closed later.")


class BasketAbsent(Absent):
    """No such basket is held in this shop."""

    code = "basket_not_found"
    sentence = N_("This basket is not held here any more.")
    next_step = N_("Somebody else may have taken it up, or it was handed over.")


class DayLimitReached(Forbidden):
    """The attendant has taken as many points today as one person may."""

    code = "day_limit_reached"
    sentence = N_("You have taken %(taken)s points today; with these %(wanted)s it would be over %(most)s.")
    next_step = N_("Let a colleague serve on, or ask the administrator to raise the limit.")


class CardUsedOften(Forbidden):
    """The paper card was used as often today as it may be."""

    code = "card_used_often"
    sentence = N_("With the paper card alone, %(most)s redemptions a day are possible; today's are used up.")
    next_step = N_("Let the member show the code on the phone, or enter the PIN.")


class AgreementNeeded(Forbidden):
    """The total is one to which the member has to agree in some way of her own."""

    code = "agreement_needed"
    sentence = N_("From %(least)s points on, the member has to agree.")
    next_step = N_("By a tap on her phone, by PIN or by signature.")


class PinOrPhoneNeeded(Forbidden):
    """The total is one for which a signature is not enough."""

    code = "pin_or_phone_needed"
    sentence = N_("From %(least)s points on, a signature is not enough.")
    next_step = N_("The member agrees by a tap on her phone, or by PIN.")


class LongAway(Forbidden):
    """After a long time anything takes what only the member herself can give."""

    code = "member_long_away"
    sentence = N_("The last redemption was more than %(days)s days ago, so a signature is not enough today.")
    next_step = N_("The member agrees by a tap on her phone, or by PIN.")


class SignatureUnreadable(Invalid):
    """What should be a signature is none."""

    code = "signature_unreadable"
    sentence = N_("There is no signature yet.")
    next_step = N_("Let the member sign once more, larger.")


class AgreementRefused(Forbidden):
    """The member has said no on her own phone."""

    code = "agreement_refused"
    sentence = N_("The member has said no on the phone.")
    next_step = N_("Talk to her; change the basket and ask again.")


class AgreementAbsent(Absent):
    """Nothing is asked of this member, or it was too long ago."""

    code = "agreement_not_found"
    sentence = N_("This question is not open any more.")
    next_step = N_("Ask at the counter to send it once more.")

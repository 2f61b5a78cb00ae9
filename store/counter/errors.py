"""Refusals at the counter that are not about the sale itself."""

from timebank.errors import N_, Conflict, Forbidden, Invalid


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

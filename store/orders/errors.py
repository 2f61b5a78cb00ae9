"""Refusals about orders, receipts and returns."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class OrderAbsent(Absent):
    """No such order within the actor's scope, and none of their own."""

    code = "order_not_found"
    sentence = N_("This order was not found.")


class ReceiptAbsent(Absent):
    """Nothing was ever sold under this receipt's word."""

    code = "receipt_not_found"
    sentence = N_("No receipt with this code was issued here.")
    next_step = N_("Scan the code again. If it stays so, the receipt is not genuine.")


class BasketEmpty(Invalid):
    """There is nothing to hand over."""

    code = "basket_empty"
    sentence = N_("There is nothing in the basket yet.")
    next_step = N_("Scan something first.")


class BasketKeyInvalid(Invalid):
    """The page's key is not one."""

    code = "basket_key_invalid"
    sentence = N_("This page is too old.")
    next_step = N_("Open the counter anew.")


class BasketKeyReused(Conflict):
    """The key already stands for a sale of other goods, to another member, or in another shop."""

    code = "basket_key_reused"
    sentence = N_("This basket was handed over before with other content. Nothing was taken now.")
    next_step = N_("Look at the last order, then begin a new basket.")


class TotalChanged(Conflict):
    """What the member agreed to is not what it costs now."""

    code = "total_changed"
    sentence = N_("The basket or a price has changed: it is %(total)s points now, not %(agreed)s.")
    next_step = N_("Show the member the new total and press again.")


class PointsShort(Conflict):
    """The member has fewer points than the basket costs."""

    code = "points_short"
    sentence = N_("%(short)s points short: the basket costs %(total)s, the balance is %(balance)s.")
    next_step = N_("Take something out of the basket.")


class OwnRedemption(Forbidden):
    """Nobody hands goods over to herself."""

    code = "own_redemption"
    sentence = N_("You cannot serve yourself.")
    next_step = N_("Ask another attendant.")


class MemberElsewhere(Forbidden):
    """The member belongs to another county, whose points are not taken here."""

    code = "member_elsewhere"
    sentence = N_("This member belongs to another county; points from there are not taken here.")


class PinNeeded(Forbidden):
    """A paper card alone is not enough for so many points."""

    code = "pin_needed"
    sentence = N_("With a paper card alone, up to %(most)s points can be taken.")
    next_step = N_("Let the member enter the PIN, or show the code on the phone.")


class ReturnEmpty(Invalid):
    """No units to bring back."""

    code = "return_empty"
    sentence = N_("Enter how many of at least one product are brought back.")


class ReturnTooMany(Conflict):
    """More units than were handed over and are not back yet."""

    code = "return_too_many"
    sentence = N_("%(product)s: at most %(left)s can still be brought back.")


class ReturnKeyReused(Conflict):
    """The page's key already stands for another return."""

    code = "return_key_reused"
    sentence = N_("This return was sent before with other content. Nothing was booked now.")
    next_step = N_("Look at the order, then begin the return anew.")


class PeriodInvalid(Invalid):
    """A day that is none."""

    code = "invalid_period"
    sentence = N_("Enter days as 2026-03-02.")


class UndoTooLate(Conflict):
    """A sale is undone soon or never."""

    code = "undo_too_late"
    sentence = N_("A sale can be undone within %(minutes)s minutes; this one is older.")
    next_step = N_("Take the goods back with a reason instead.")


class UndoAfterReturn(Conflict):
    """A part of it came back already."""

    code = "undo_after_return"
    sentence = N_("Something of this sale came back already, so it cannot be undone as a whole.")
    next_step = N_("Take the rest back with a reason.")


class ApprovalNeeded(Forbidden):
    """So many points come back only when two people agree."""

    code = "approval_needed"
    sentence = N_("From %(least)s points on, a second attendant has to agree to the return.")
    next_step = N_("Let her enter her own number or phone and her password or PIN.")


class ServiceGiven(Forbidden):
    """The provider has confirmed it: points for a service that was given go back only with a second person."""

    code = "service_given"
    sentence = N_("%(service)s: the provider says that it was given.")
    next_step = N_("Take it back only if that is wrong: write down why, and let a second attendant agree.")

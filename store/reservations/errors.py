"""Refusals about reservations."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class PickupCodeWrong(Absent):
    """No reservation of this shop has this pick-up code."""

    code = "pickup_code_wrong"
    sentence = N_("No reservation here has this pick-up code.")
    next_step = N_("Read it once more, in groups of five. After five wrong codes you have to wait.")


class ReservationEnded(Conflict):
    """It was collected, cancelled, or kept no longer."""

    code = "reservation_ended"
    sentence = N_("This reservation is not open any more.")
    next_step = N_("Reserve anew if the goods are still wanted.")


class ReservationOverdue(Conflict):
    """The deadline has passed."""

    code = "reservation_overdue"
    sentence = N_("This reservation was kept until %(deadline)s and has lapsed; the points are back.")
    next_step = N_("Sell the goods in the usual way if they are still there.")


class GoodsExpireSooner(Conflict):
    """Enough is there now, but not until the deadline: a pick-up on the last day would find it past its date."""

    code = "goods_expire_sooner"
    sentence = N_(
        "%(product)s: only %(left)s are free and stay good until the reservation ends, %(wanted)s wanted."
    )
    next_step = N_("Reserve fewer, or come to the shop for what has to go soon.")


class ReservationsMany(Conflict):
    """As many are open as one member may have."""

    code = "reservations_many"
    sentence = N_("You have %(most)s open reservations already.")
    next_step = N_("Collect or cancel one of them first.")


class DelegateUnknown(Invalid):
    """A name without anything by which the counter can tell that it is she, or the other way round."""

    code = "delegate_unknown"
    sentence = N_(
        "Enter the name of whoever collects it, and her volunteer number or the last four digits of her phone."
    )


class DelegateOther(Invalid):
    """Nobody has this number and this name."""

    code = "delegate_other"
    sentence = N_("No member has this name and this volunteer number.")
    next_step = N_("Ask her for the number, or enter the last four digits of her phone instead.")


class CollectorMissing(Invalid):
    """Goods are handed to somebody, and the shop writes down to whom."""

    code = "collector_missing"
    sentence = N_("Say who collects it: the member, or who was sent.")


class CollectorOther(Forbidden):
    """Somebody stands there whom the member has not named."""

    code = "collector_other"
    sentence = N_("The member has not named anybody who may collect this.")
    next_step = N_("Let the member name her on the page of the reservation, or come in person.")


class CollectorUnproved(Forbidden):
    """A member was named, and has not shown her own code or card."""

    code = "collector_unproved"
    sentence = N_("%(name)s has to show her own code or card.")
    next_step = N_("Scan it, or type her volunteer number with her PIN.")


class CollectorPhoneWrong(Forbidden):
    """The digits that she says are not those that the member wrote down."""

    code = "collector_phone_wrong"
    sentence = N_("These are not the last four digits that the member wrote down.")
    next_step = N_("Ask once more. After five wrong tries you have to wait.")


class WishesEmpty(Invalid):
    """There is nothing in the basket."""

    code = "wishes_empty"
    sentence = N_("There is nothing in your basket yet.")
    next_step = N_("Put something in from the shop's page.")

"""Refusals about shops and products."""

from timebank.errors import N_, Absent, Conflict, Forbidden, Invalid


class ShopAbsent(Absent):
    """No such shop in the actor's county."""

    code = "shop_not_found"
    sentence = N_("This shop was not found.")


class ShopUnclear(Invalid):
    """It is not said which shop the goods go into, or there is none of that name."""

    code = "shop_unclear"
    sentence = N_("Say which shop the goods go into: its name or number.")


class ShopNameTaken(Conflict):
    """The organisation has a shop of this name."""

    code = "shop_name_taken"
    sentence = N_("There is already a shop called %(name)s here.")
    next_step = N_("Choose another name, or use the existing one.")


class ShopClosed(Conflict):
    """The shop was closed for good."""

    code = "shop_closed"
    sentence = N_("%(shop)s is closed.")
    next_step = N_("Ask your administrator to open it again.")


class ProductAbsent(Absent):
    """No such product in the actor's county, or none on this shop's list."""

    code = "product_not_found"
    sentence = N_("This product was not found.")


class BarcodeUnknown(Absent):
    """Nothing on this shop's list carries the barcode."""

    code = "barcode_unknown"
    sentence = N_("No product here has the barcode %(barcode)s.")
    next_step = N_("Scan again, or choose the product from the list.")


class ProductWithdrawn(Conflict):
    """The product is no longer handed out."""

    code = "product_withdrawn"
    sentence = N_("%(product)s is no longer handed out.")
    next_step = N_("Take it out of the basket.")


class BarcodeInvalid(Invalid):
    """Not 8, 12, 13 or 14 digits, or the check digit does not fit."""

    code = "invalid_barcode"
    sentence = N_("%(barcode)s is not a barcode: a digit is wrong or missing.")
    next_step = N_("Compare it with the number printed below the bars.")


class BarcodeTaken(Conflict):
    """Another product of the organisation has this barcode."""

    code = "barcode_taken"
    sentence = N_("%(product)s has this barcode already.")
    next_step = N_("Use that product, or correct the barcode.")


class PriceInvalid(Invalid):
    """Not a positive number of points with at most two decimals."""

    code = "invalid_points"
    sentence = N_("The price is a number of points above 0, with at most two decimals.")


class LowStockInvalid(Invalid):
    """Not a whole number of units."""

    code = "invalid_low_stock"
    sentence = N_("Enter a whole number of units, 0 or more.")


class ProductUnclear(Invalid):
    """The words fit no product, or several."""

    code = "product_unclear"
    sentence = N_("%(count)s products fit these words.")
    next_step = N_("Scan the barcode, or write the whole name.")


class PictureInvalid(Invalid):
    """Not a picture, too large, or of a kind that is not shown."""

    code = "invalid_picture"
    sentence = N_("This file cannot be used as a picture. Send a JPEG, PNG or WebP file of at most 5 MB.")


class BarcodeUnitsInvalid(Invalid):
    """A scan means from 1 to 10,000 units."""

    code = "invalid_barcode_units"
    sentence = N_("One scan stands for 1 to 10,000 units.")


class BarcodeAbsent(Absent):
    """No such barcode on this product."""

    code = "barcode_not_found"
    sentence = N_("This barcode was not found.")


class PriceDayPast(Invalid):
    """A price cannot begin in the past: what was sold keeps its price."""

    code = "price_day_past"
    sentence = N_("A price begins today or later, within two years.")
    next_step = N_("Finished orders keep the price that they were sold at.")


class ConcessionNotLower(Invalid):
    """A concession that is no concession."""

    code = "concession_not_lower"
    sentence = N_("The concession price is below the list price of that day, which is %(price)s.")


class ConcessionDaysWrong(Invalid):
    """It would begin in the past or end before it begins."""

    code = "concession_days_wrong"
    sentence = N_("A concession begins today or later, and ends on or after its first day.")


class ConcessionAbsent(Absent):
    """No such concession in the actor's county."""

    code = "concession_not_found"
    sentence = N_("This concession price was not found.")


class ConcessionEnded(Conflict):
    """It has ended already."""

    code = "concession_ended"
    sentence = N_("This concession price has ended already.")


class LimitInvalid(Invalid):
    """Not a whole number of units, or neither a product nor a category."""

    code = "invalid_limit"
    sentence = N_("A limit is a whole number of units from 1 to %(most)s, for one product or one category.")


class LimitAbsent(Absent):
    """No such limit in the actor's county."""

    code = "limit_not_found"
    sentence = N_("This limit was not found.")


class LimitEnded(Conflict):
    """It holds no longer."""

    code = "limit_ended"
    sentence = N_("This limit holds no longer.")


class LimitReached(Conflict):
    """The member, or the household, would take more than is allowed in the period."""

    code = "limit_reached"
    sentence = N_("%(product)s: %(wanted)s wanted, %(left)s of %(most)s may still be taken until %(day)s.")
    next_step = N_("Take fewer, or come again from that day on.")


class MerchantsOwnStaff(Forbidden):
    """Somebody of the house at the counter of a merchant."""

    code = "merchants_own_staff"
    sentence = N_("Only the staff of %(shop)s sells at its counter.")
    next_step = N_("Give whoever serves there the role of attendant at the merchant.")

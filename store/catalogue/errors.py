"""Refusals about shops and products."""

from timebank.errors import N_, Absent, Conflict, Invalid


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

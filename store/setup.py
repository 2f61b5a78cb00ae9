"""What the shop adds to the first steps of a new county."""

from sqlalchemy import exists

from store.catalogue.models import Product, Shop
from timebank.desks.setup import SetupStep
from timebank.errors import N_

SETUP_STEPS: tuple[SetupStep, ...] = (
    SetupStep(
        N_("Love Supermarket"),
        N_("Open the first shop. It has a shelf, a counter and attendants of its own."),
        N_("Open a shop"),
        "shop",
        "catalogue.new_shop",
        lambda: exists().where(Shop.id.is_not(None)),
    ),
    SetupStep(
        N_("Goods"),
        N_("Bring in the list of goods with their prices in points and what is on the shelf."),
        N_("Import the goods"),
        "basket",
        "imports.upload",
        lambda: exists().where(Product.id.is_not(None)),
        (("register", "goods"),),
        by_hand="catalogue.new_product",
    ),
)

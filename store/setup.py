"""What the shop adds to the first steps of a new county."""

from store.catalogue.models import Product, Shop
from timebank.desks.setup import SetupStep, within
from timebank.errors import N_

SETUP_STEPS: tuple[SetupStep, ...] = (
    SetupStep(
        N_("Love Supermarket"),
        N_("Open the first shop. It has a shelf, a counter and attendants of its own."),
        N_("Open a shop"),
        "shop",
        "catalogue.new_shop",
        lambda county: within(county, Shop.organisation_id),
    ),
    SetupStep(
        N_("Goods"),
        N_("Bring in the list of goods with their prices in points and what is on the shelf."),
        N_("Import the goods"),
        "basket",
        "imports.upload",
        lambda county: within(county, Product.organisation_id),
        (("register", "goods"),),
        by_hand="catalogue.new_product",
    ),
)

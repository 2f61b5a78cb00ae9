"""The love supermarket (爱心超市): goods, stock, orders, the counter (floor 3, stands on ``timebank``)."""

from flask import Blueprint, Flask

from store.appointments.views import blueprint as appointment_pages
from store.audit_actions import AUDIT_ACTIONS
from store.catalogue import runner as price_jobs
from store.catalogue.api import blueprint as catalogue_api
from store.catalogue.browse_views import blueprint as browse_pages
from store.catalogue.label_views import blueprint as label_pages
from store.catalogue.price_views import blueprint as price_pages
from store.catalogue.views import blueprint as catalogue_pages
from store.charity.views import blueprint as charity_pages
from store.checks import CHECKS
from store.checks.figures import CONCERNS, TOTALS, counted_differences
from store.count_demo import count_a_shelf
from store.counter.api import blueprint as day_sheet_api
from store.counter.holding_views import blueprint as holding_pages
from store.counter.late_count_views import blueprint as late_count_pages
from store.counter.own_views import blueprint as agreement_pages
from store.counter.pauses import tell_counters
from store.counter.pickup_views import blueprint as pickup_pages
from store.counter.shift_views import blueprint as shift_pages
from store.counter.views import blueprint as counter_pages
from store.counter_demo import reserve_and_undo
from store.delivery_imports import DELIVERIES_IMPORTER
from store.demo import STEPS
from store.disputes.banner import frozen_dispute
from store.disputes.views import blueprint as dispute_pages
from store.fraud.registry import EVIDENCE, RULES, redemptions
from store.fraud.ties import at_the_counter
from store.giving.views import blueprint as giving_pages
from store.imports import GOODS_IMPORTER
from store.lists import runner as list_jobs
from store.lists.service import JOB_NAME as LISTS_JOB
from store.lists.views import blueprint as list_pages
from store.orders.api import blueprint as order_api
from store.orders.api import own_orders
from store.orders.own_views import blueprint as own_order_pages
from store.orders.views import blueprint as order_pages
from store.papers_demo import STEPS as PAPER_STEPS
from store.permissions import (
    CATALOGUE_WRITE,
    CHARITY_READ,
    COUNTER_SELL,
    DISPUTES_DECIDE,
    ORDERS_READ,
    PERMISSIONS,
    SETTLEMENTS_READ,
    SETTLEMENTS_WRITE,
    SHEETS_PUBLISH,
    SHOPS_WRITE,
    STOCK_READ,
)
from store.price_imports import PRICES_IMPORTER
from store.reservations import runner as reservation_jobs
from store.reservations.api import blueprint as reservation_api
from store.reservations.views import blueprint as reservation_pages
from store.settlement.contract_views import blueprint as merchant_pages
from store.settlement.sheet_views import blueprint as sheet_pages
from store.settlement.views import blueprint as settlement_pages
from store.setup import SETUP_STEPS
from store.simulation import MARKET
from store.stock.api import blueprint as stock_api
from store.stock.paper_views import blueprint as paper_pages
from store.stock.stocktake_views import blueprint as stocktake_pages
from store.stock.views import blueprint as stock_pages
from store.stock.voucher_views import blueprint as voucher_pages
from store.stock.worth import stock_value
from store.trade_demo import STEPS as TRADE_STEPS
from store.voucher_demo import STEPS as VOUCHER_STEPS
from timebank.api import v1
from timebank.errors import N_
from timebank.house import Door, House
from timebank.jobs.registry import JobKind

BLUEPRINTS: tuple[Blueprint, ...] = (
    browse_pages,
    catalogue_pages,
    stock_pages,
    paper_pages,
    stocktake_pages,
    voucher_pages,
    label_pages,
    price_pages,
    list_pages,
    order_pages,
    own_order_pages,
    counter_pages,
    settlement_pages,
    merchant_pages,
    sheet_pages,
    charity_pages,
    holding_pages,
    shift_pages,
    late_count_pages,
    pickup_pages,
    agreement_pages,
    reservation_pages,
    dispute_pages,
    giving_pages,
    appointment_pages,
)
API_BLUEPRINTS: tuple[Blueprint, ...] = (
    catalogue_api,
    stock_api,
    order_api,
    reservation_api,
    day_sheet_api,
)
DOORS: tuple[Door, ...] = (
    Door("browse.index", N_("Love Supermarket"), "basket", "volunteer"),
    Door("own_orders.index", N_("My orders"), "receipt", "volunteer"),
    Door("counter.choose", N_("Counter"), "upc-scan", "attendant", COUNTER_SELL),
    Door("stock.choose", N_("Stock"), "box-seam", "attendant", COUNTER_SELL),
    Door("orders.index", N_("Orders"), "receipt", "attendant", COUNTER_SELL),
    Door("charity.choose", N_("Charity warehouse"), "gift", "attendant", CHARITY_READ),
    Door("settlement.index", N_("Settlements"), "cash-coin", "attendant", SETTLEMENTS_READ),
    Door("orders.index", N_("Orders"), "receipt", "auditor", ORDERS_READ),
    Door("disputes.index", N_("“Not me” reports"), "shield-exclamation", "auditor", DISPUTES_DECIDE),
    Door("stock.choose", N_("Stock"), "box-seam", "auditor", STOCK_READ),
    Door("catalogue.shops", N_("Shops"), "shop", "administrator", SHOPS_WRITE),
    Door("catalogue.products", N_("Products"), "tags", "administrator", CATALOGUE_WRITE),
    Door("settlement.index", N_("Settlements"), "cash-coin", "administrator", SETTLEMENTS_WRITE),
    Door("sheets.index", N_("Public sheets"), "megaphone", "administrator", SHEETS_PUBLISH),
)

JOBS: tuple[JobKind, ...] = (
    JobKind(LISTS_JOB, list_jobs.run),
    JobKind("store.forget_lists", list_jobs.forget, every="04:20"),
    JobKind("store.prices_in_force", price_jobs.put_prices_in_force, every="00:01"),
    # What nobody has collected is back on the shelf soon after its deadline.
    JobKind(reservation_jobs.JOB_NAME, reservation_jobs.expire, every="10m"),
)


IMPORTERS = (GOODS_IMPORTER, PRICES_IMPORTER, DELIVERIES_IMPORTER)


def init_app(app: Flask) -> None:
    """Open the shop in a house that already has its time bank."""
    house: House = app.extensions["timebank"]
    house.permissions += PERMISSIONS
    house.doors += DOORS
    house.importers |= {importer.register.code: importer for importer in IMPORTERS}
    house.checks += CHECKS
    house.concerns.update(CONCERNS)
    house.control_totals += TOTALS
    house.counted_differences += (counted_differences,)
    house.stop_hearers += (tell_counters,)
    house.jobs += JOBS
    house.fraud_rules = tuple(sorted((*house.fraud_rules, *RULES), key=lambda rule: rule.code))
    house.evidence.update(EVIDENCE)
    house.timelines += (redemptions,)
    house.ties += (at_the_counter,)
    house.stock_values += (stock_value,)
    house.setup_steps += SETUP_STEPS
    house.demo_steps += (*STEPS, count_a_shelf, *TRADE_STEPS, *PAPER_STEPS, *VOUCHER_STEPS, reserve_and_undo)
    house.simulated_market = MARKET
    house.audit_sentences.update(AUDIT_ACTIONS)
    # Asked by the frame of every page, which does without it where there is no shop.
    app.jinja_env.globals["frozen_dispute"] = frozen_dispute
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    house.own_records["orders"] = own_orders
    for blueprint in API_BLUEPRINTS:
        v1.add(app, blueprint)

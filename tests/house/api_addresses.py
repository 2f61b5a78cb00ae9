"""Who may ask what of the JSON interface; read together with ``tests.house.addresses``."""

from store import permissions as shop
from tests.house.parts import EVERYBODY, May
from timebank.access import permissions as bank

API_ADDRESSES: dict[str, tuple[May | None, May | None]] = {
    "api_day_sheets.index": (shop.ORDERS_READ, None),
    "api_reservations.index": (shop.ORDERS_READ, None),
    "api_activities.create": (None, bank.ACTIVITIES_PUBLISH),
    "api_activities.index": (EVERYBODY, None),
    "api_activities.publish": (None, bank.ACTIVITIES_PUBLISH),
    "api_activities.show": (EVERYBODY, None),
    "api_activities.sign_up": (None, bank.ACTIVITIES_PUBLISH),
    "api_activities.sign_ups": (bank.ATTENDANCE_READ, None),
    "api_attendances.attendances": (bank.ATTENDANCE_READ, None),
    "api_attendances.record": (bank.ATTENDANCE_READ, None),
    "api_attendances.records": (bank.ATTENDANCE_READ, None),
    "api_catalogue.product": (EVERYBODY, None),
    "api_catalogue.products": (EVERYBODY, None),
    "api_catalogue.shelves": (shop.STOCK_READ, None),
    "api_catalogue.shop": (EVERYBODY, None),
    "api_catalogue.shops": (EVERYBODY, None),
    "api_categories.index": (EVERYBODY, None),
    "api_certificates.index": (bank.ATTENDANCE_READ, None),
    "api_keys.create": (bank.API_KEYS_MANAGE, bank.API_KEYS_MANAGE),
    "api_keys.index": (bank.API_KEYS_MANAGE, None),
    "api_keys.revoke": (None, bank.API_KEYS_MANAGE),
    "api_members.balances": (bank.MEMBERS_READ, None),
    "api_members.index": (bank.MEMBERS_READ, None),
    "api_members.points_statement": (bank.MEMBERS_READ, None),
    "api_members.register": (None, bank.MEMBERS_WRITE),
    "api_members.show": (bank.MEMBERS_READ, None),
    "api_members.time_statement": (bank.MEMBERS_READ, None),
    "api_orders.index": (shop.ORDERS_READ, None),
    "api_orders.show": (shop.ORDERS_READ, None),
    "api_organisations.index": (bank.ORGANISATIONS_READ, None),
    "api_organisations.show": (bank.ORGANISATIONS_READ, None),
}

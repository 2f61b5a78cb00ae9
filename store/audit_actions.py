"""The sentence that the audit trail shows for each act of the shop."""

from timebank.errors import N_

AUDIT_ACTIONS: dict[str, str] = {
    # Codes without a dot are what the filter and the subjects are called.
    "counter": N_("Counter"),
    "order": N_("Order"),
    "orders": N_("Orders"),
    "product": N_("Product"),
    "shop": N_("Shop"),
    "stock": N_("Stock"),
    "counter.member_identified": N_("identified a member at the counter"),
    "order.completed": N_("handed goods over"),
    "order.receipt_reprinted": N_("printed a receipt again"),
    "order.returned": N_("took goods back"),
    "orders.exported": N_("exported orders"),
    "product.changed": N_("changed a product"),
    "product.created": N_("put a product on the list"),
    "product.restored": N_("put a product back on the list"),
    "product.withdrawn": N_("took a product off the list"),
    "shop.changed": N_("changed a shop"),
    "shop.closed": N_("closed a shop"),
    "shop.created": N_("opened a new shop"),
    "shop.reopened": N_("opened a shop again"),
    "stock.counted": N_("counted a shelf"),
    "stock.received": N_("received goods"),
    "stock.written_off": N_("wrote goods off"),
}

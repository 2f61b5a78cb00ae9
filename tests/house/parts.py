"""Letters for parts of the cast, as tables of addresses use them, and where those who may ask are refused all the same."""

from timebank.access.actors import Permission

May = Permission | str

# Letters for parts of the cast: volunteer, neighbour, coordinator, attendant, auditor (u), administrator (m).
PARTS = {
    "v": "volunteer",
    "n": "neighbour",
    "c": "coordinator",
    "a": "attendant",
    "u": "auditor",
    "m": "administrator",
}
EVERYBODY = "vncaum"
STAFF = "caum"

# Those who may ask, and still are told "not found", with the reason.
NOTHING_THERE: dict[str, str] = {
    "reservations.line": "the form names the product; without it there is none",
    "counter.line": "the basket on the scene is empty",
    "orders.export": "the form says which kind of file; without it there is none",
    "imports.sent_back": "the register on the scene has no row that was sent back",
    "vouchers.use": "the scene has no voucher; the form names none",
    "vouchers.receive": "the product on the scene is no voucher",
}
# Those who hold the permission, and still may not, with the reason.
REFUSED_IN_PERSON: dict[tuple[str, str], str] = {
    ("decoys.sign", "administrator"): "whoever proposed a decoy does not sign it",
    ("prices.show", "attendant"): "the product is the county's, the attendant's right the station's",
    ("papers.approve_write_off", "attendant"): "the one who asked for it does not approve it",
    ("papers.refuse_write_off", "attendant"): "the one who asked for it does not decide",
}

"""Letters for parts of the cast, as tables of addresses use them."""

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

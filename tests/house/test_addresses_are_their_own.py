"""No two pages share an address: what the routes call their placeholder does not tell them apart."""

import re
from collections import defaultdict

from flask import Flask


def test_no_two_endpoints_share_an_address_and_a_method(app: Flask) -> None:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rule in app.url_map.iter_rules():
        # Two placeholders of one kind stand for the same addresses, whatever they are called.
        shape = re.sub(r"<(?:([^:<>]*):)?[^<>]*>", r"<\1>", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[(shape, method)].add(rule.endpoint)
    assert {key: sorted(names) for key, names in found.items() if len(names) > 1} == {}

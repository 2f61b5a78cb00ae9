"""docs/api.md says of every address that it is there."""

import re
from pathlib import Path

from flask import Flask

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
PREFIX = "/api/v1"


def test_the_page_for_people_names_every_address_and_none_that_is_not_there(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(f"{PREFIX}/")]
    served = {
        re.sub(r"<[^>]+>", "{id}", rule.rule.removeprefix(PREFIX))
        for rule in rules
        if "openapi" not in rule.rule
    }
    table = "\n".join(
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    )
    assert set(re.findall(r"`(?:POST )?(/[^`\s]+)`", table)) == served
    writes = {
        re.sub(r"<[^>]+>", "{id}", rule.rule.removeprefix(PREFIX))
        for rule in rules
        if "POST" in (rule.methods or ())
    }
    assert set(re.findall(r"`POST (/[^`\s]+)`", table)) == writes

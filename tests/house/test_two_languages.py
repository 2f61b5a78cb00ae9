"""Everything a person reads is in Chinese and in English."""

import re
from io import BytesIO

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.house.source import ROOT

CATALOGUE = ROOT / "timebank/translations/zh/LC_MESSAGES/messages.po"
HAN = re.compile(r"[一-鿿]")
PLACE = re.compile(r"%\(\w+\)[sd]")


def _written_sentences() -> set[str]:
    methods = [
        ("templates/**.html", "jinja2"),
        ("timebank/**.py", "python"),
        ("store/**.py", "python"),
        ("ledger/**.py", "python"),
    ]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "lazy_gettext": None}
    found = extract_from_dir(
        ROOT, methods, keywords=keywords, directory_filter=lambda folder: "/." not in str(folder)
    )
    return {message[0] if isinstance(message, tuple) else message for _, _, message, *_ in found}


def _chinese() -> dict[str, tuple[str, ...]]:
    catalogue = read_po(BytesIO(CATALOGUE.read_bytes()))
    entries = {}
    for message in catalogue:
        if message.id:
            ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
            strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
            entries[ids[0]] = () if message.fuzzy else tuple(strings)
    return entries


def test_every_sentence_has_its_chinese() -> None:
    chinese = _chinese()
    sentences = _written_sentences()
    assert len(sentences) > 300
    assert sorted(sentence for sentence in sentences if not any(chinese.get(sentence, ()))) == []


def test_the_chinese_is_chinese_and_keeps_the_facts() -> None:
    for english, strings in _chinese().items():
        for chinese in filter(None, strings):
            assert sorted(set(PLACE.findall(chinese))) <= sorted(set(PLACE.findall(english))), english
            assert (
                len(re.sub(r"%\(\w+\)s|[^A-Za-z]", "", english)) < 4
                or HAN.search(chinese)
                or chinese == english
            ), english


def test_templates_hold_no_sentence_outside_the_catalogue() -> None:
    found = [
        f"{path.name}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if HAN.search(re.sub(r"\{#.*?#\}|中文", "", line)) and "lang=" not in line
    ]
    assert found == []

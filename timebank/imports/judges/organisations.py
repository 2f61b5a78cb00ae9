"""The register of organisations: a tree given by the name of each one's parent, in any order."""

from collections.abc import Mapping
from dataclasses import dataclass

from timebank.imports.cells import Cell, matching_key
from timebank.imports.cleaning.words import WORD_LENGTH, clean_text, clean_title
from timebank.imports.judges.lookups import KnownOrganisation, OrganisationLookup
from timebank.imports.judges.verdicts import (
    Accepted,
    Cleaner,
    Draft,
    Judgement,
    SentBack,
    Verdict,
    distinct,
    drafts_of,
)
from timebank.imports.rejections import Code
from timebank.imports.tables import Table

# Words of the county's own order of levels; how the word for each level ends.
_KIND_ENDINGS = {
    "team": "服务队 志愿队 小队 分队 大队 总队 队 队伍 团队 team",
    "centre": "实践中心 中心 县级 区级 市级 centre center",
    "subcentre": "实践所 分中心 所 乡镇级 镇级 乡级 街道级 subcentre subcenter sub-centre sub-center",
    "station": "实践站 服务站 站 点 村级 社区级 station",
}


@dataclass(frozen=True)
class NewOrganisation:
    """An organisation to be created. ``parent_key`` is the matching key of the parent's name, None for a root."""

    name: str
    key: str
    parent_name: str
    parent_key: str | None
    kind: str


def organisation_kind(word: str, name: str) -> str:
    """``centre``, ``subcentre``, ``station``, ``team`` or ``other``, by the register's word, else by the name's ending."""
    for text in (matching_key(word), matching_key(name)):
        # The longest ending wins: 分中心 is a sub-centre although it ends in 中心.
        endings = [
            (len(ending), kind)
            for kind, words in _KIND_ENDINGS.items()
            for ending in words.split()
            if text.endswith(ending)
        ]
        if endings:
            return max(endings)[1]
    return "other"


def _clean_kind(cell: Cell) -> str:
    return clean_text(cell, longest=WORD_LENGTH)


_CLEANERS: dict[str, Cleaner] = {"name": clean_title, "parent": clean_text, "kind": _clean_kind}


def judge_organisations(table: Table, lookup: OrganisationLookup) -> Verdict[NewOrganisation]:
    """Judge every row; parents may stand below their children, or be known from before.

    A parent that nobody knows, or a circle of parents, is ``UNKNOWN_ORGANISATION``; a second row of one
    name, or a known name under another parent, is ``DUPLICATE``, since other registers refer by name.
    """
    drafts = drafts_of(table, _CLEANERS)
    names = [*distinct(drafts, "name"), *distinct(drafts, "parent")]
    known = lookup.organisations({matching_key(name) for name in names})
    rooted = _rooted_keys(drafts, known)
    seen: set[str] = set()
    judgement: Judgement[NewOrganisation] = Judgement(table)
    for draft in drafts:
        accepted = judgement.on(draft, lambda draft: _decide(draft, known, rooted, seen))
        if accepted:
            seen.add(accepted.value.key)
    return judgement.verdict


def _decide(
    draft: Draft, known: Mapping[str, tuple[KnownOrganisation, ...]], rooted: set[str], seen: set[str]
) -> Accepted[NewOrganisation]:
    name, key = draft.take("name"), matching_key(draft.take("name"))
    if key in seen:
        raise SentBack("name", Code.DUPLICATE)
    parent = draft.take("parent")
    parent_key = matching_key(parent) or None
    if parent_key and parent_key not in rooted:
        raise SentBack("parent", Code.UNKNOWN_ORGANISATION)
    kind = organisation_kind(draft.take("kind"), name)
    existing = [organisation for organisation in known.get(key, ()) if organisation.parent_key == parent_key]
    if key in known and not existing:
        raise SentBack("name", Code.DUPLICATE)
    organisation = NewOrganisation(name, key, parent, parent_key, kind)
    return Accepted(draft.row.number, organisation, existing[0].id if existing else None)


def _rooted_keys(drafts: list[Draft], known: Mapping[str, tuple[KnownOrganisation, ...]]) -> set[str]:
    """Keys from which a chain of parents leads to a root or to something known."""
    children: dict[str, list[str]] = {}
    reached = list(known)
    for draft in drafts:
        name, parent = draft.glance("name"), draft.glance("parent")
        if not name or parent is None or draft.glance("kind") is None:
            continue
        if parent:
            children.setdefault(matching_key(parent), []).append(matching_key(name))
        else:
            reached.append(matching_key(name))
    rooted: set[str] = set()
    while reached:
        key = reached.pop()
        if key not in rooted:
            rooted.add(key)
            reached.extend(children.get(key, ()))
    return rooted

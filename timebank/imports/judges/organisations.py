"""The register of organisations: a tree given by the name of each one's parent, in any order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

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
from timebank.orgs.rules import LONGEST_NAME

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


_CLEANERS: dict[str, Cleaner] = {
    "name": partial(clean_title, longest=LONGEST_NAME),
    "parent": clean_text,
    "kind": _clean_kind,
}


def judge_organisations(
    table: Table, lookup: OrganisationLookup, *, may_plant_roots: bool = True
) -> Verdict[NewOrganisation]:
    """Judge every row; parents may stand below their children, or be known from before.

    A parent that nobody knows, or a circle of parents, is ``UNKNOWN_ORGANISATION``; a second row of one
    name, or a known name under another parent, is ``DUPLICATE``, since other registers refer by name.

    Args:
        may_plant_roots: rows without a parent may become roots; else the cell is ``MISSING``.
    """
    drafts = drafts_of(table, _CLEANERS)
    names = [*distinct(drafts, "name"), *distinct(drafts, "parent")]
    known = lookup.organisations({matching_key(name) for name in names})
    forest = _Forest(known, _rooted_keys(drafts, known, may_plant_roots), may_plant_roots)
    seen: set[str] = set()
    judgement: Judgement[NewOrganisation] = Judgement(table)
    for draft in drafts:
        accepted = judgement.on(draft, lambda draft: _decide(draft, forest, seen))
        if accepted:
            seen.add(accepted.value.key)
    return judgement.verdict


@dataclass(frozen=True)
class _Forest:
    known: Mapping[str, tuple[KnownOrganisation, ...]]
    rooted: set[str]
    may_plant_roots: bool


def _decide(draft: Draft, forest: _Forest, seen: set[str]) -> Accepted[NewOrganisation]:
    name, key = draft.take("name"), matching_key(draft.take("name"))
    if key in seen:
        raise SentBack("name", Code.DUPLICATE)
    parent = draft.take("parent")
    parent_key = matching_key(parent) or None
    kind = organisation_kind(draft.take("kind"), name)
    organisation = NewOrganisation(name, key, parent, parent_key, kind)
    for existing in forest.known.get(key, ()):
        if existing.parent_key == parent_key:
            return Accepted(draft.row.number, organisation, existing.id)
    if parent_key is None and not forest.may_plant_roots:
        raise SentBack("parent", Code.MISSING)
    if parent_key and parent_key not in forest.rooted:
        raise SentBack("parent", Code.UNKNOWN_ORGANISATION)
    if key in forest.known:
        raise SentBack("name", Code.DUPLICATE)
    return Accepted(draft.row.number, organisation)


def _rooted_keys(
    drafts: list[Draft], known: Mapping[str, tuple[KnownOrganisation, ...]], may_plant_roots: bool
) -> set[str]:
    """Keys from which a chain of parents leads to a root or to something known."""
    children: dict[str, list[str]] = {}
    reached = list(known)
    for draft in drafts:
        name, parent = draft.glance("name"), draft.glance("parent")
        if not name or parent is None or draft.glance("kind") is None:
            continue
        if parent:
            children.setdefault(matching_key(parent), []).append(matching_key(name))
        elif may_plant_roots:
            reached.append(matching_key(name))
    rooted: set[str] = set()
    while reached:
        key = reached.pop()
        if key not in rooted:
            rooted.add(key)
            reached.extend(children.get(key, ()))
    return rooted

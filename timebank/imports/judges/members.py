"""The register of members: one row per person, told apart by the identity number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from timebank.imports.cells import matching_key
from timebank.imports.cleaning.people import clean_identity, clean_phone, clean_sex
from timebank.imports.cleaning.times import clean_optional_date
from timebank.imports.cleaning.words import clean_name, clean_skills, clean_title, name_key
from timebank.imports.judges.lookups import KnownMember, KnownOrganisation, MemberRegisterLookup
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
from timebank.imports.rejections import Code, Remark
from timebank.imports.tables import Table
from timebank.members.identity_numbers import birth_date, identity_sex


@dataclass(frozen=True)
class NewMember:
    """A member to be created. The birth date is the identity number's."""

    name: str
    phone: str
    identity: str
    sex: str
    born_on: date
    organisation_id: int
    skills: tuple[str, ...]
    joined_on: date | None


@dataclass(frozen=True)
class _Known:
    organisations: Mapping[str, tuple[KnownOrganisation, ...]]
    by_identity: Mapping[str, KnownMember]
    by_phone: Mapping[str, tuple[KnownMember, ...]]


def judge_members(table: Table, lookup: MemberRegisterLookup, *, today: date) -> Verdict[NewMember]:
    """Judge every row. ``today`` is the county's own day: nobody is born after it.

    One identity number is one person: a second row with it, or a known person of another name, is
    ``DUPLICATE``. A phone may be shared, as old couples do, and is only remarked on. Nobody is sent back for
    what the identity number says better (sex, birth date) or for an old date of joining that cannot be read.
    """
    cleaners: dict[str, Cleaner] = {
        "name": clean_name,
        "phone": clean_phone,
        "identity": partial(clean_identity, today=today),
        "sex": clean_sex,
        "born_on": clean_optional_date,
        "organisation": clean_title,
        "skills": clean_skills,
        "joined_on": clean_optional_date,
    }
    drafts = drafts_of(table, cleaners)
    known = _Known(
        lookup.organisations({matching_key(name) for name in distinct(drafts, "organisation")}),
        lookup.members_by_identity(set(distinct(drafts, "identity"))),
        lookup.members_by_phone(set(distinct(drafts, "phone"))),
    )
    identities: set[str] = set()
    phones: set[str] = set()
    judgement: Judgement[NewMember] = Judgement(table)
    for draft in drafts:
        accepted = judgement.on(draft, lambda draft: _decide(draft, known, identities))
        if accepted:
            _remark(
                judgement,
                draft,
                accepted,
                shared=accepted.value.phone in phones or _phone_of_other(accepted, known),
            )
            identities.add(accepted.value.identity)
            phones.add(accepted.value.phone)
    return judgement.verdict


def _decide(draft: Draft, known: _Known, seen: set[str]) -> Accepted[NewMember]:
    name, phone, identity = draft.take("name"), draft.take("phone"), draft.take("identity")
    existing = known.by_identity.get(identity)
    if identity in seen or (existing and not _is_person(existing, name)):
        raise SentBack("identity", Code.DUPLICATE)
    existing = existing or _without_identity(known.by_phone.get(phone, ()), name)
    sex = draft.take_if_legible("sex") or identity_sex(identity)
    draft.take_if_legible("born_on")
    organisations = known.organisations.get(matching_key(draft.take("organisation")), ())
    if len(organisations) != 1:
        raise SentBack("organisation", Code.UNKNOWN_ORGANISATION)
    born_on = birth_date(identity)
    assert born_on is not None, "an accepted identity number holds a real date"
    skills, joined_on = draft.take("skills"), draft.take_if_legible("joined_on")
    member = NewMember(name, phone, identity, sex, born_on, organisations[0].id, skills, joined_on)
    return Accepted(draft.row.number, member, existing.id if existing else None)


def _is_person(member: KnownMember, name: str) -> bool:
    return member.within_reach and name_key(member.name) == name_key(name)


def _without_identity(sharing_phone: tuple[KnownMember, ...], name: str) -> KnownMember | None:
    """Who was registered by name and phone alone, before anybody asked for the identity number."""
    return next((one for one in sharing_phone if not one.has_identity and _is_person(one, name)), None)


def _phone_of_other(accepted: Accepted[NewMember], known: _Known) -> bool:
    return any(member.id != accepted.existing_id for member in known.by_phone.get(accepted.value.phone, ()))


def _remark(
    judgement: Judgement[NewMember], draft: Draft, accepted: Accepted[NewMember], *, shared: bool
) -> None:
    member = accepted.value
    # Many old people keep their birthday by the lunar calendar, so a difference is no fault.
    if draft.glance("born_on") not in (None, member.born_on):
        judgement.note(draft, "born_on", Remark.BIRTH_DATE_DIFFERS)
    if member.sex != identity_sex(member.identity):
        judgement.note(draft, "sex", Remark.SEX_DIFFERS)
    for field in ("sex", "born_on", "joined_on"):
        if draft.is_illegible(field):
            judgement.note(draft, field, Remark.LEFT_OUT)
    if shared:
        judgement.note(draft, "phone", Remark.PHONE_SHARED)

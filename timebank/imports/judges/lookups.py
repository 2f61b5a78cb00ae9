"""What the judges need to know of what is there already, asked once per file and never per row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True)
class KnownOrganisation:
    """``parent_key`` is the matching key of the parent's name, or None at a root."""

    id: int
    name: str
    parent_key: str | None


@dataclass(frozen=True)
class KnownMember:
    """A member as far as a register can tell one from another.

    ``within_reach`` is False for a member of another county: the identity number is taken, and that is all
    that the importing person may learn.
    """

    id: int
    name: str
    organisation_id: int
    has_identity: bool = True
    within_reach: bool = True


@dataclass(frozen=True)
class KnownShift:
    """The county's own days on which a shift begins and ends."""

    id: int
    starts_at: datetime
    first_day: date
    last_day: date


@dataclass(frozen=True)
class KnownRecord:
    """What is recorded of a member at a shift. ``minutes`` is None while the member has not checked out."""

    id: int
    activity_id: int
    shift_id: int
    member_id: int
    served_on: date
    minutes: int | None


@dataclass(frozen=True)
class KnownActivity:
    """An activity with its shifts in the order of time."""

    id: int
    organisation_id: int
    shifts: tuple[KnownShift, ...]


class OrganisationLookup(Protocol):
    """Organisations that the importing person may see."""

    def organisations(self, keys: Collection[str]) -> Mapping[str, tuple[KnownOrganisation, ...]]:
        """By :func:`~timebank.imports.cells.matching_key` of the name; several may have the same name."""


class MemberLookup(Protocol):
    """Members by what identifies them."""

    def members_by_identity(self, identities: Collection[str]) -> Mapping[str, KnownMember]:
        """By identity number."""

    def members_by_phone(self, phones: Collection[str]) -> Mapping[str, tuple[KnownMember, ...]]:
        """By phone number, which several may share."""


class ActivityLookup(Protocol):
    """Activities by name."""

    def activities(self, keys: Collection[str]) -> Mapping[str, tuple[KnownActivity, ...]]:
        """By matching key of the title."""


class RecordLookup(MemberLookup, ActivityLookup, Protocol):
    """What old service records refer to."""

    def records(self, member_ids: Collection[int], activity_ids: Collection[int]) -> Sequence[KnownRecord]:
        """What is recorded already of these members at these activities."""


class MemberRegisterLookup(OrganisationLookup, MemberLookup, Protocol):
    """What a register of members refers to."""


class ActivityRegisterLookup(OrganisationLookup, ActivityLookup, Protocol):
    """What a register of activities refers to."""


@dataclass(frozen=True)
class KnownProduct:
    """A product on the importing shop's shelf or list."""

    id: int
    name: str


class GoodsLookup(Protocol):
    """Products of the shop, which the store knows."""

    def products_by_barcode(self, barcodes: Collection[str]) -> Mapping[str, KnownProduct]:
        """By barcode."""

    def products_by_name(self, keys: Collection[str]) -> Mapping[str, KnownProduct]:
        """By matching key of the name, for goods without a barcode."""

"""What is known, kept in plain dictionaries: judging the registers in order fills it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from timebank.imports.cells import matching_key
from timebank.imports.headers import ACTIVITIES, GOODS, MEMBERS, ORGANISATIONS, RECORDS, Register
from timebank.imports.judges.activities import judge_activities
from timebank.imports.judges.goods import judge_goods
from timebank.imports.judges.lookups import (
    KnownActivity,
    KnownMember,
    KnownOrganisation,
    KnownProduct,
    KnownRecord,
    KnownShift,
)
from timebank.imports.judges.members import judge_members
from timebank.imports.judges.organisations import judge_organisations
from timebank.imports.judges.records import judge_records
from timebank.imports.judges.verdicts import Verdict
from timebank.imports.sheets import read_sheets
from timebank.imports.tables import Table, find_table

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass
class Memory:
    """A county that remembers what was accepted. Answers every lookup of the judges."""

    today: date = date(2024, 3, 1)
    by_name: dict[str, tuple[KnownOrganisation, ...]] = field(default_factory=dict)
    people: dict[str, KnownMember] = field(default_factory=dict)
    phones: dict[str, tuple[KnownMember, ...]] = field(default_factory=dict)
    occasions: dict[str, tuple[KnownActivity, ...]] = field(default_factory=dict)
    served: list[KnownRecord] = field(default_factory=list)
    goods: dict[str, KnownProduct] = field(default_factory=dict)

    def organisations(self, keys: Collection[str]) -> Mapping[str, tuple[KnownOrganisation, ...]]:
        return {key: self.by_name[key] for key in keys if key in self.by_name}

    def members_by_identity(self, identities: Collection[str]) -> Mapping[str, KnownMember]:
        return {key: self.people[key] for key in identities if key in self.people}

    def members_by_phone(self, phones: Collection[str]) -> Mapping[str, tuple[KnownMember, ...]]:
        return {key: self.phones[key] for key in phones if key in self.phones}

    def activities(self, keys: Collection[str]) -> Mapping[str, tuple[KnownActivity, ...]]:
        return {key: self.occasions[key] for key in keys if key in self.occasions}

    def records(self, member_ids: Collection[int], activity_ids: Collection[int]) -> Sequence[KnownRecord]:
        return [one for one in self.served if one.member_id in member_ids and one.activity_id in activity_ids]

    def products_by_barcode(self, barcodes: Collection[str]) -> Mapping[str, KnownProduct]:
        return {key: self.goods[key] for key in barcodes if key in self.goods}

    def products_by_name(self, keys: Collection[str]) -> Mapping[str, KnownProduct]:
        return {key: self.goods[key] for key in keys if key in self.goods}

    def judge(self, register: Register, content: bytes, *, sheet: str | None = None) -> Verdict[Any]:
        """Judge a file and remember what was accepted."""
        table = find_table(read_sheets(content), register, sheet_name=sheet)
        verdict = self._judged(register, table)
        for row in verdict.new:
            self._remember(register, row.value)
        return verdict

    def _judged(self, register: Register, table: Table) -> Verdict[Any]:
        if register is ORGANISATIONS:
            return judge_organisations(table, self)
        if register is MEMBERS:
            return judge_members(table, self, today=self.today)
        if register is ACTIVITIES:
            return judge_activities(table, self, zone=SHANGHAI)
        if register is RECORDS:
            return judge_records(table, self, today=self.today)
        return judge_goods(table, self)

    def _remember(self, register: Register, value: Any) -> None:
        if register is ORGANISATIONS:
            known = KnownOrganisation(len(self.by_name) + 1, value.name, value.parent_key)
            self.by_name[value.key] = (known,)
        elif register is MEMBERS:
            person = KnownMember(len(self.people) + 1, value.name, value.organisation_id)
            self.people[value.identity] = person
            self.phones[value.phone] = (*self.phones.get(value.phone, ()), person)
        elif register is ACTIVITIES:
            number = sum(map(len, self.occasions.values())) + 1
            shift = KnownShift(number, value.starts_at, value.starts_at.date(), value.ends_at.date())
            key = matching_key(value.title)
            occasion = KnownActivity(number, value.organisation_id, (shift,))
            self.occasions[key] = (*self.occasions.get(key, ()), occasion)
        elif register is RECORDS:
            number = len(self.served) + 1
            shift_id = value.shift_id or -number
            self.served.append(
                KnownRecord(
                    number, value.activity_id, shift_id, value.member_id, value.served_on, value.minutes
                )
            )
        else:
            self.goods[value.barcode or matching_key(value.name)] = KnownProduct(
                len(self.goods) + 1, value.name
            )


REGISTERS_IN_ORDER: tuple[Register, ...] = (ORGANISATIONS, MEMBERS, ACTIVITIES, RECORDS, GOODS)

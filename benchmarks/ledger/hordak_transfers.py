"""Run by a throwaway virtual environment: django-hordak's transfers, single with a balance guard and in batches.

python hordak_transfers.py POSTGRESQL_ADDRESS SECONDS ROUNDS   → prints JSON {"guarded": […], "batch": […]}
"""

import json
import random
import sys
import time

import django
from django.conf import settings

ACCOUNTS = 200


def configure(address: str) -> None:
    """Django with nothing but hordak."""
    host = address.rpartition("host=")[2]
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "hordak", "USER": "postgres", "HOST": host}
    apps = ["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"]
    settings.configure(
        DATABASES={"default": database}, INSTALLED_APPS=apps, USE_TZ=True, DEFAULT_CURRENCY="EUR",
        SECRET_KEY="bench",  # noqa: S106 - Django asks for one; nothing is signed with it here.
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )  # fmt: skip
    django.setup()


def main() -> None:
    """Create, fill, measure."""
    address, seconds, rounds = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    configure(address)
    from django.core.management import call_command
    from django.db import connection, transaction
    from djmoney.money import Money
    from hordak.models import Account, AccountType

    call_command("migrate", verbosity=0)
    bank = Account.objects.create(name="bank", type=AccountType.asset, code="0", currencies=["EUR"])
    people = [
        Account.objects.create(name=f"p{n}", type=AccountType.liability, code=str(n + 1), currencies=["EUR"])
        for n in range(ACCOUNTS)
    ]
    for person in people:
        bank.transfer_to(person, Money(10_000, "EUR"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    chance = random.Random(1)

    def guarded() -> None:
        one, two = chance.sample(people, 2)
        with transaction.atomic():
            locked = Account.objects.select_for_update().get(pk=one.pk)
            if abs(locked.get_simple_balance()["EUR"].amount) < 1:
                raise ValueError("not enough")
            locked.transfer_to(two, Money(1, "EUR"))

    def batch() -> None:
        with transaction.atomic():
            for _ in range(500):
                one, two = chance.sample(people, 2)
                one.transfer_to(two, Money(1, "EUR"))

    rates: dict[str, list[float]] = {"guarded": [], "batch": []}
    for _ in range(rounds):
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            guarded()
            done += 1
        rates["guarded"].append(done / (time.perf_counter() - start))
        start = time.perf_counter()
        batch()
        rates["batch"].append(500 / (time.perf_counter() - start))
    sys.stdout.write(json.dumps(rates))


main()

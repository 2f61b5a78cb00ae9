"""Seals, and the proof that a transaction is in them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger.errors import NotSealed, UnknownTransaction
from ledger.journal import post, post_batch
from ledger.merkle import leaf_of, path_of, root_from, root_of
from ledger.seals import FIRST_PREVIOUS, last_seal, proof, proof_holds, seal, seal_all, seals
from tests.ledger.cast import LI, NOON, award, points_of


def leaves(count: int) -> list[bytes]:
    return [leaf_of(number, bytes(32)) for number in range(count)]


def test_the_tree_is_the_one_of_rfc_6962() -> None:
    """Empty tree and one-leaf tree as the RFC defines them; three leaves by hand."""
    from hashlib import sha256

    assert root_of([]) == sha256(b"").digest()
    a, b, c = leaves(3)
    left = sha256(b"\x01" + a + b).digest()
    assert root_of([a]) == a
    assert root_of([a, b, c]) == sha256(b"\x01" + left + c).digest()


@given(st.integers(1, 70), st.data())
def test_every_leaf_leads_to_the_root_and_to_no_other(size: int, data: st.DataObject) -> None:
    tree = leaves(size)
    position = data.draw(st.integers(0, size - 1))
    path = path_of(tree, position)
    assert root_from(tree[position], position, size, path) == root_of(tree)
    assert root_from(bytes(32), position, size, path) != root_of(tree)
    assert root_from(tree[position], position, size, [*path, bytes(32)]) is None
    assert root_from(tree[position], size, size, path) is None
    if path:
        assert root_from(tree[position], position, size, path[:-1]) is None


def test_seals_are_chained_and_take_everything_once(session: Session) -> None:
    assert seal(session, at=NOON) is None
    post_batch(session, [award(f"a{n}", points_of(f"m{n}"), 1) for n in range(10)])
    made = [seal(session, at=NOON, largest=4) for _ in range(3)]
    assert [one.size for one in made if one] == [4, 4, 2]
    assert seal(session, at=NOON) is None
    chain = list(seals(session))
    assert chain == made
    assert [one.previous for one in chain] == [FIRST_PREVIOUS, chain[0].head, chain[1].head]
    assert last_seal(session) == chain[-1]


def test_a_proof_stands_on_its_own_and_breaks_with_every_change(session: Session) -> None:
    postings = post_batch(session, [award(f"a{n}", LI, 1 + n) for n in range(7)])
    with pytest.raises(NotSealed):
        proof(session, postings[0].id)
    with pytest.raises(UnknownTransaction):
        proof(session, 999)
    seal_all(session, at=NOON)
    for posting in postings:
        shown = proof(session, posting.id)
        assert shown["digest"] == posting.digest.hex()
        assert proof_holds(shown)
        for name in shown:
            assert not proof_holds({key: value for key, value in shown.items() if key != name})
        assert not proof_holds({**shown, "digest": bytes(32).hex()})
        assert not proof_holds({**shown, "transaction": posting.id + 1})
        assert not proof_holds({**shown, "position": 100})
        assert not proof_holds({**shown, "position": -1})
        assert not proof_holds({**shown, "head": bytes(32).hex()})
        assert not proof_holds({**shown, "path": ["zz"]})
        assert not proof_holds({**shown, "sealed_at": (NOON + dt.timedelta(seconds=1)).isoformat()})


def test_a_seal_of_a_single_transaction_is_its_own_root(session: Session) -> None:
    posting = post(session, award("a", LI, 1))
    seal(session, at=NOON)
    shown = proof(session, posting.id)
    assert shown["path"] == []
    assert proof_holds(shown)

"""Merkle trees as in RFC 6962 (Certificate Transparency), section 2.1: leaves and nodes are hashed apart. Pure."""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_of(transaction_id: int, digest: bytes) -> bytes:
    """The leaf of a transaction: its number bound to its digest."""
    return hashlib.sha256(b"\x00" + transaction_id.to_bytes(8, "big") + digest).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves in their order. Pairing level by level gives the RFC's tree: a lone last node moves up."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def path_of(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """The siblings from a leaf up to the root: what somebody needs to recompute the root from that leaf alone."""
    path = []
    level = list(leaves)
    while len(level) > 1:
        sibling = position ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level, position = paired, position // 2
    return path


def root_from(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf, its place among `size` and its path give; None if they do not fit each other."""
    if not 0 <= position < size:
        return None
    rest = iter(path)
    node = leaf
    while size > 1:
        if position ^ 1 < size:
            sibling = next(rest, None)
            if sibling is None:
                return None
            node = _node(sibling, node) if position % 2 else _node(node, sibling)
        position, size = position // 2, (size + 1) // 2
    return None if next(rest, None) is not None else node


def head_of(*, number: int, size: int, sealed_at_us: int, previous: bytes, root: bytes) -> bytes:
    """The head of a seal: its root chained to the seal before it."""
    words = f"ledger seal 1\n{number}\n{size}\n{sealed_at_us}\n".encode()
    return hashlib.sha256(words + previous + root).digest()

"""COSE receipts, read from the texts of RFC 8949, RFC 9052 and RFC 9942 with nothing of ours."""
import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric import ed25519

from test_tlog import climb


class Tag(tuple):
    pass


def item(data, at=0):
    """One item of CBOR, and where it ends."""
    kind, argument = data[at] >> 5, data[at] & 31
    at += 1
    if kind == 7:
        assert argument == 22, "null is all that a receipt has"
        return None, at
    if argument >= 24:
        width = 1 << (argument - 24)
        argument, at = int.from_bytes(data[at:at + width], "big"), at + width
    if kind in (0, 1):
        return (argument if kind == 0 else -1 - argument), at
    if kind in (2, 3):
        content = data[at:at + argument]
        assert len(content) == argument
        return (bytes(content) if kind == 2 else content.decode()), at + argument
    values = []
    for _ in range({4: argument, 5: 2 * argument, 6: 1}[kind]):
        value, at = item(data, at)
        values.append(value)
    if kind == 4:
        return values, at
    return (dict(zip(values[::2], values[1::2])) if kind == 5 else Tag((argument, values[0]))), at


def text(value):
    """A byte or text string as CBOR."""
    data, kind = (value, 2) if isinstance(value, bytes) else (value.encode(), 3)
    head = [kind << 5 | len(data)] if len(data) < 24 else [kind << 5 | 24, len(data)]
    assert len(data) < 256
    return bytes(head) + data


def checked(receipt, leaf_hash, vkey):
    """What a receipt says of the leaf of this hash: the log, the index and the size; an error when it is not valid."""
    tag, end = item(receipt)
    assert end == len(receipt) and isinstance(tag, Tag) and tag[0] == 18
    protected, unprotected, payload, signature = tag[1]
    header, _ = item(protected)
    assert payload is None and header[1] == -8 and header[395] == 1 and list(unprotected) == [396]
    (proof,) = unprotected[396][-1]
    size, index, path = item(proof)[0]
    assert header[15][2] == f"record {index}"
    root = climb(leaf_hash, index, size, path)
    key = base64.b64decode(vkey.split("+", 2)[2])
    assert key[0] == 1 and header[4] == hashlib.sha256(header[15][1].encode() + b"\n" + key).digest()[:4]
    signed = b"\x84" + text("Signature1") + text(protected) + text(b"") + text(root)
    ed25519.Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature, signed)
    return header[15][1], index, size

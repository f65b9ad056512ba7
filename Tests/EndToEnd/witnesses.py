"""A log and the requests that it makes of a witness, written from the texts of C2SP and RFC 6962 with nothing of ours."""
import base64
import contextlib
import hashlib
import http.client
import pathlib
import threading

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from conftest import MARTLET, free_port, program


def b64(data):
    return base64.b64encode(data).decode()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(tree(leaves[:k]), tree(leaves[k:]))


def consistency(first, leaves, whole=True):
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if first == len(leaves):
        return [] if whole else [tree(leaves)]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    if first <= k:
        return consistency(first, leaves[:k], whole) + [tree(leaves[k:])]
    return consistency(first - k, leaves[k:], False) + [tree(leaves[:k])]


class Log:
    def __init__(self, origin, seed=b"\7" * 32, leaves=40, salt=b""):
        self.origin, self.key = origin, ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.leaves = [hashlib.sha256(b"\0" + salt + bytes([n])).digest() for n in range(leaves)]
        material = b"\1" + self.key.public_key().public_bytes_raw()
        self.hash = hashlib.sha256(origin.encode() + b"\n" + material).digest()[:4]
        self.vkey = f"{origin}+{self.hash.hex()}+{b64(material)}"

    def text(self, size):
        return f"{self.origin}\n{size}\n{b64(tree(self.leaves[:size]))}\n"

    def note(self, size):
        text = self.text(size)
        return f"{text}\n— {self.origin} {b64(self.hash + self.key.sign(text.encode()))}\n"

    def request(self, old, size, path=None, note=None):
        if path is None:
            path = consistency(old, self.leaves[:size]) if 0 < old <= size else []
        return f"old {old}\n" + "".join(b64(h) + "\n" for h in path) + "\n" + (note or self.note(size))


def cosigned_at(vkey, text, lines):
    """When this witness signed the text; None when no line of it is valid. Source: C2SP tlog-cosignature."""
    name, digest, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 4 and hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == digest
    for line in lines.splitlines():
        mark, signer, blob = line.split(" ")
        blob = base64.b64decode(blob)
        if mark != "—" or signer != name or blob[:4].hex() != digest:
            continue
        time = int.from_bytes(blob[4:12], "big")
        with contextlib.suppress(InvalidSignature):
            ed25519.Ed25519PublicKey.from_public_bytes(key[1:]).verify(
                blob[12:], f"cosignature/v1\ntime {time}\n{text}".encode())
            return time
    return None


class Witness:
    """`martlet witness`, as a process of its own."""

    def __init__(self, folder: pathlib.Path, logs, name="witness.test/w1", port=None):
        folder.mkdir(exist_ok=True)
        self.folder, self.name, self.port = folder, name, port or free_port()
        self.policy = folder / "logs.policy"
        self.state = folder / "state"
        self.trust(*logs)

    def trust(self, *logs):
        self.policy.write_text("".join(f"log {vkey}\n" for vkey in logs) + "quorum none\n")

    @property
    def command(self):
        return [MARTLET, "witness", "serve", "--name", self.name, "--state", self.state, "--logs", self.policy,
                "--listen", f"127.0.0.1:{self.port}"]

    def serve(self):
        return program(*self.command, port=self.port)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def post(self, body, path="/add-checkpoint", method="POST"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body.encode())
        answer = connection.getresponse()
        data = answer.read().decode()
        connection.close()
        return answer.status, data, answer.getheader("content-type")


def together(work, count):
    """Runs `work(0)` to `work(count - 1)` at once and gives what they return."""
    results = [None] * count

    def one(index):
        results[index] = work(index)

    threads = [threading.Thread(target=one, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results

"""What msoffcrypto needs of the library cryptography, which has no wheel for a browser: AES and RC4, in plain Python.

It opens forms that a program locked. It is slow (about 50 kB a second), and guards nothing: never use it for secrets.
Sources: FIPS 197 (AES), NIST SP 800-38A (CBC), RFC 6229 (RC4). `tests/test_page_stand_ins.py` holds it to the library.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

_BLOCK = 16


def _doubled(byte: int) -> int:
    return (byte << 1) ^ (0x11B if byte & 0x80 else 0)


def _product(one: int, other: int) -> int:
    """The product of two bytes in AES's field."""
    result = 0
    while other:
        result ^= one if other & 1 else 0
        one, other = _doubled(one), other >> 1
    return result


def _substitutes() -> list[int]:
    """The S-box: each byte's inverse, turned and mixed."""
    powers = [1]
    for _ in range(254):
        powers.append(powers[-1] ^ _doubled(powers[-1]))  # powers of 3
    boxes = [0x63] * 256
    for exponent, value in enumerate(powers):
        inverse = powers[-exponent % 255]
        mixed = inverse
        for turn in range(1, 5):
            mixed ^= (inverse << turn | inverse >> 8 - turn) & 0xFF
        boxes[value] = mixed ^ 0x63
    return boxes


_SBOX = _substitutes()
_INVERSE = [_SBOX.index(value) for value in range(256)]


def _tables(box: list[int], factors: tuple[int, int, int, int]) -> list[list[int]]:
    """For each place in a column: what a byte there becomes, substituted and mixed, as a word."""
    rows = [[_product(value, factor) for factor in factors] for value in box]
    first = [row[0] << 24 | row[1] << 16 | row[2] << 8 | row[3] for row in rows]
    return [[(word >> turn | word << 32 - turn) & 0xFFFFFFFF for word in first] for turn in (0, 8, 16, 24)]


_FORWARD = _tables(_SBOX, (2, 1, 1, 3))
_BACKWARD = _tables(_INVERSE, (14, 9, 13, 11))
_UNMIXED = _tables(list(range(256)), (14, 9, 13, 11))  # mixes the columns of a round's key for decryption


def _round_keys(key: bytes) -> list[list[int]]:
    """The keys of the rounds, four words each (FIPS 197, 5.2)."""
    size = len(key) // 4
    words = list(struct.unpack(f">{size}L", key))
    constant = 1
    for at in range(size, 4 * (size + 7)):
        word = words[-1]
        if at % size == 0:
            word = _substituted((word << 8 | word >> 24) & 0xFFFFFFFF) ^ constant << 24
            constant = _doubled(constant)
        elif size > 6 and at % size == 4:
            word = _substituted(word)
        words.append(words[at - size] ^ word)
    return [words[at : at + 4] for at in range(0, len(words), 4)]


def _substituted(word: int) -> int:
    return _SBOX[word >> 24] << 24 | _SBOX[word >> 16 & 255] << 16 | _SBOX[word >> 8 & 255] << 8 | _SBOX[word & 255]


class AES:
    """AES with a key of 16, 24 or 32 bytes."""

    def __init__(self, key: bytes) -> None:
        keys = _round_keys(bytes(key))
        self._encrypt = self._way(keys, _FORWARD, _SBOX, 1)
        middle = [[self._unmixed(word) for word in round_key] for round_key in keys[-2:0:-1]]
        self._decrypt = self._way([keys[-1], *middle, keys[0]], _BACKWARD, _INVERSE, -1)

    @staticmethod
    def _unmixed(word: int) -> int:
        first, second, third, fourth = _UNMIXED
        return first[word >> 24] ^ second[word >> 16 & 255] ^ third[word >> 8 & 255] ^ fourth[word & 255]

    @staticmethod
    def _way(
        keys: list[list[int]], tables: list[list[int]], box: list[int], step: int
    ) -> Callable[..., tuple[int, ...]]:
        first, second, third, fourth = tables
        columns = [(at, (at + step) % 4, (at + 2) % 4, (at - step) % 4) for at in range(4)]

        def one(*block: int) -> tuple[int, ...]:
            state = [word ^ key for word, key in zip(block, keys[0], strict=True)]
            for key in keys[1:-1]:
                state = [
                    first[state[a] >> 24] ^ second[state[b] >> 16 & 255] ^ third[state[c] >> 8 & 255]
                    ^ fourth[state[d] & 255] ^ key[a]
                    for a, b, c, d in columns
                ]  # fmt: skip
            return tuple(
                (box[state[a] >> 24] << 24 | box[state[b] >> 16 & 255] << 16 | box[state[c] >> 8 & 255] << 8
                 | box[state[d] & 255]) ^ keys[-1][a]
                for a, b, c, d in columns
            )  # fmt: skip

        return one

    def crypt(self, content: bytes, mode: ECB | CBC, *, encrypt: bool) -> bytes:
        """Whole blocks, encrypted or decrypted."""
        words = struct.unpack(f">{len(content) // 4}L", content)
        blocks = (words[at : at + 4] for at in range(0, len(words), 4))
        done = [word for block in self._blocks(blocks, mode, encrypt=encrypt) for word in block]
        return struct.pack(f">{len(done)}L", *done)

    def _blocks(
        self, blocks: Iterator[tuple[int, ...]], mode: ECB | CBC, *, encrypt: bool
    ) -> Iterator[tuple[int, ...]]:
        one = self._encrypt if encrypt else self._decrypt
        if isinstance(mode, ECB):
            yield from (one(*block) for block in blocks)
            return
        last = struct.unpack(">4L", mode.start)
        for block in blocks:
            if encrypt:
                last = one(*_mixed(block, last))
                yield last
            else:
                yield _mixed(one(*block), last)
                last = block


def _mixed(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a ^ b for a, b in zip(one, other, strict=True))


class ARC4:
    """RC4, which the old workbooks (.xls) are locked with."""

    def __init__(self, key: bytes) -> None:
        self._state = list(range(256))
        at = 0
        for place in range(256):
            at = (at + self._state[place] + key[place % len(key)]) & 255
            self._swap(place, at)
        self._one = self._other = 0

    def _swap(self, one: int, other: int) -> None:
        self._state[one], self._state[other] = self._state[other], self._state[one]

    def crypt(self, content: bytes, mode: None, *, encrypt: bool) -> bytes:
        """The content with the next bytes of the stream; both ways are one."""
        del mode, encrypt
        state, out = self._state, bytearray()
        for byte in content:
            self._one = (self._one + 1) & 255
            self._other = (self._other + state[self._one]) & 255
            self._swap(self._one, self._other)
            out.append(byte ^ state[(state[self._one] + state[self._other]) & 255])
        return bytes(out)


class ECB:
    """Each block by itself."""


class CBC:
    """Each block mixed with the one before."""

    def __init__(self, start: bytes) -> None:
        self.start = bytes(start)


class _Context:
    """Takes a content in pieces, and gives what is whole at once."""

    def __init__(self, cipher: Cipher, *, encrypt: bool) -> None:
        self._algorithm, self._mode, self._encrypt, self._rest = cipher.algorithm, cipher.mode, encrypt, b""

    def update(self, content: bytes) -> bytes:
        """The next piece, encrypted or decrypted."""
        if isinstance(self._algorithm, ARC4):
            return self._algorithm.crypt(content, None, encrypt=self._encrypt)
        content = self._rest + content
        whole = len(content) // _BLOCK * _BLOCK
        content, self._rest = content[:whole], content[whole:]
        done = self._algorithm.crypt(content, self._mode, encrypt=self._encrypt)
        if isinstance(self._mode, CBC) and content:
            self._mode = CBC((done if self._encrypt else content)[-_BLOCK:])
        return done

    def finalize(self) -> bytes:
        """Nothing is left, or the content was no number of whole blocks."""
        if self._rest:
            raise ValueError("the content is no number of whole blocks")
        return b""


class Cipher:
    """An algorithm with a mode."""

    def __init__(self, algorithm: AES | ARC4, mode: ECB | CBC | None = None, backend: object = None) -> None:
        del backend
        self.algorithm, self.mode = algorithm, mode

    def encryptor(self) -> _Context:
        """What encrypts."""
        return _Context(self, encrypt=True)

    def decryptor(self) -> _Context:
        """What decrypts."""
        return _Context(self, encrypt=False)


def _no_key(*_: object, **__: object) -> None:
    raise NotImplementedError("keys in files are not read here")


def _module(name: str, **content: object) -> ModuleType:
    """A module of the library's name with this in it."""
    module = sys.modules[name] = ModuleType(name)
    vars(module).update(content)
    return module


_H = "cryptography.hazmat"
for _package in (_H, f"{_H}.primitives", f"{_H}.decrepit", f"{_H}.decrepit.ciphers", f"{_H}.primitives.asymmetric"):
    _module(_package)
_module(f"{_H}.backends", default_backend=lambda: None)
_module(f"{_H}.decrepit.ciphers.algorithms", ARC4=ARC4)
_algorithms = _module(f"{_H}.primitives.ciphers.algorithms", AES=AES, ARC4=ARC4)
_modes = _module(f"{_H}.primitives.ciphers.modes", ECB=ECB, CBC=CBC)
_module(f"{_H}.primitives.ciphers", Cipher=Cipher, algorithms=_algorithms, modes=_modes)
vars(sys.modules[f"{_H}.primitives"])["serialization"] = _module(
    f"{_H}.primitives.serialization", load_pem_private_key=_no_key
)
vars(sys.modules[f"{_H}.primitives.asymmetric"])["padding"] = _module(f"{_H}.primitives.asymmetric.padding")

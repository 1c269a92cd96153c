"""What stands in for a library that has no wheel for a browser does what the library does."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import ModuleType

import msoffcrypto
import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

FILE = Path(__file__).parent.parent / "page/stand_ins/cryptography.py"


@contextmanager
def in_its_place() -> Iterator[ModuleType]:
    """The stand-in under the library's name, and msoffcrypto as it is with that."""
    mine = {name for name in sys.modules if name.partition(".")[0] in ("cryptography", "msoffcrypto")}
    away = {name: sys.modules.pop(name) for name in mine}
    try:
        spec = importlib.util.spec_from_file_location("cryptography", FILE)
        module = importlib.util.module_from_spec(spec)
        sys.modules["cryptography"] = module
        spec.loader.exec_module(module)
        yield module
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("cryptography", "msoffcrypto")]:
            del sys.modules[name]
        sys.modules.update(away)


@pytest.mark.parametrize("size", [16, 24, 32])
@pytest.mark.parametrize("chained", [False, True])
def test_aes_is_the_library_s(size: int, chained: bool) -> None:
    key, start, content = bytes(range(7, 7 + size)), bytes(range(100, 116)), bytes(range(256)) * 3
    library = Cipher(algorithms.AES(key), modes.CBC(start) if chained else modes.ECB())
    locked = library.encryptor().update(content)
    with in_its_place() as ours:
        own = ours.Cipher(ours.AES(key), ours.CBC(start) if chained else ours.ECB())
        encryptor, decryptor = own.encryptor(), own.decryptor()
        assert encryptor.update(content[:99]) + encryptor.update(content[99:]) + encryptor.finalize() == locked
        assert decryptor.update(locked) + decryptor.finalize() == content
        with pytest.raises(ValueError, match="whole blocks"):
            encryptor.update(b"123") + encryptor.finalize()


@pytest.mark.parametrize("key", [b"12345", bytes(range(16))])
def test_rc4_is_the_library_s(key: bytes) -> None:
    content = b"Nothing leaves this computer." * 9
    library = Cipher(ARC4(key), mode=None).encryptor()
    locked = library.update(content) + library.update(content)
    with in_its_place() as ours:
        own = ours.Cipher(ours.ARC4(key)).encryptor()
        assert own.update(content) + own.update(content) + own.finalize() == locked


def test_a_locked_workbook_is_opened_with_it(root: Path) -> None:
    form = root / "templates/assessment_template.xlsx"
    locked, opened = BytesIO(), BytesIO()
    with form.open("rb") as file:
        msoffcrypto.OfficeFile(file).encrypt("Secret1", locked)
    with in_its_place():
        import msoffcrypto as again

        file = again.OfficeFile(BytesIO(locked.getvalue()))
        file.load_key(password="Secret1")
        file.decrypt(opened)
    assert opened.getvalue() == form.read_bytes()

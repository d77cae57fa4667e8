"""Keys: pseudonyms for customers, and seals for what a bank wants encrypted at rest."""

import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from features.errors import BadInputError
from features.spec import BankSpec

PSEUDONYM_KEY: Final = "NEXTBEST_PSEUDONYM_KEY"
LEDGER_KEY: Final = "NEXTBEST_LEDGER_KEY"
LEDGER_KEY_FILE: Final = "NEXTBEST_LEDGER_KEY_FILE"
KEY_FILE: Final = "pseudonym.key"
MINIMUM_LENGTH: Final = 16
PLAIN, SEALED = b"P", b"S"
NONCE_BYTES: Final = 12


@dataclass(frozen=True)
class Keys:
    """`secret` makes pseudonyms and hides customer ids; `seal_key` encrypts content, None: left plain."""

    secret: bytes
    seal_key: bytes | None = None

    def pseudonym(self, customer_id: int | str) -> str:
        """HMAC-SHA256 of the id as text, hexadecimal; 1 and "1" are the same customer."""
        return hmac.digest(self.secret, str(customer_id).encode(), "sha256").hex()

    def check(self) -> str:
        """Tells one secret from another and nothing of either."""
        return hmac.digest(_derived(self.secret, b"check", 32), b"nextbest", "sha256").hex()

    def hide(self, customer_ids: list[int | str]) -> list[bytes]:
        """Ids encrypted (AES-SIV, RFC 5297), for deciding again: it draws lots by the true id.

        Equal ids look equal, as their pseudonyms do. A hash of the drawn lots would be no safer: its salt
        is the policy's, and ids can be tried one after another.
        """
        cipher = AESSIV(_derived(self.secret, b"identity", 64))
        return [cipher.encrypt(json.dumps(one).encode(), None) for one in customer_ids]

    def reveal(self, hidden: list[bytes]) -> list[int | str]:
        """The ids that `hide` encrypted.

        Raises BadInputError where they were hidden with another secret or changed.
        """
        cipher = AESSIV(_derived(self.secret, b"identity", 64))
        try:
            return [json.loads(cipher.decrypt(one, None)) for one in hidden]
        except InvalidTag as error:
            raise BadInputError(f"ledger: a customer was hidden with another {PSEUDONYM_KEY}") from error

    def seal(self, content: bytes) -> bytes:
        """Content as it is stored: encrypted (AES-256-GCM) where a key is set."""
        if self.seal_key is None:
            return PLAIN + content
        nonce = secrets.token_bytes(NONCE_BYTES)
        return SEALED + nonce + AESGCM(self.seal_key).encrypt(nonce, content, None)

    def unseal(self, stored: bytes) -> bytes:
        """What `seal` was given.

        Raises BadInputError without the key, with another key, or where the content was changed.
        """
        if stored[:1] == PLAIN:
            return stored[1:]
        if self.seal_key is None:
            raise BadInputError(f"ledger: content is encrypted; set {LEDGER_KEY} or {LEDGER_KEY_FILE}")
        nonce, content = stored[1 : 1 + NONCE_BYTES], stored[1 + NONCE_BYTES :]
        try:
            return AESGCM(self.seal_key).decrypt(nonce, content, None)
        except InvalidTag as error:
            raise BadInputError(f"ledger: content was encrypted with another {LEDGER_KEY}") from error


def load_keys(spec: BankSpec) -> Keys:
    """The bank's keys from the environment; the pseudonym key is else made once, in a file only we can read.

    Raises BadInputError for a key that is too short or a file that cannot be read.
    """
    stated = os.environ.get(PSEUDONYM_KEY)
    secret = _long_enough(PSEUDONYM_KEY, stated.encode()) if stated else _own_key(spec.state / KEY_FILE)
    sealing = _sealing_key()
    return Keys(secret, _derived(sealing, b"content", 32) if sealing else None)


def _sealing_key() -> bytes | None:
    stated, path = os.environ.get(LEDGER_KEY), os.environ.get(LEDGER_KEY_FILE)
    if stated:
        return _long_enough(LEDGER_KEY, stated.encode())
    if not path:
        return None
    try:
        return _long_enough(LEDGER_KEY_FILE, Path(path).read_bytes().strip())
    except OSError as error:
        raise BadInputError(f"{LEDGER_KEY_FILE}={path}: cannot be read: {error.strerror}") from error


def _own_key(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as sink:
            sink.write(secrets.token_hex(32).encode())
            sink.flush()
            os.fsync(sink.fileno())
        try:
            os.link(aside, path)  # fails where another process was first: its key is the one
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return _long_enough(str(path), path.read_bytes())


def _long_enough(where: str, key: bytes) -> bytes:
    if len(key) < MINIMUM_LENGTH:
        raise BadInputError(f"{where}: expected a key of at least {MINIMUM_LENGTH} bytes, got {len(key)}")
    return key


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    """A key of its own for each purpose (HKDF, RFC 5869)."""
    return HKDF(SHA256(), length, salt=None, info=b"nextbest ledger " + purpose).derive(secret)

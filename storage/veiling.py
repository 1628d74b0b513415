"""The hash that stands for an account or a message, with this database's own key."""

from sqlalchemy import Connection, bindparam, select

from storage.domain.messages import Address
from storage.domain.veil import veil
from storage.tables.consent import house_keys

_MEMO = "chihoi.veil"
_KEY = select(house_keys.c.secret).where(house_keys.c.name == bindparam("name"))


def veiled(connection: Connection, *parts: str) -> str:
    """The hash of these parts, the same for as long as the database lives."""
    key = connection.info.get(_MEMO)  # read once for each connection to the file: it never changes
    if key is None:
        key = connection.info[_MEMO] = str(connection.execute(_KEY, {"name": "veil"}).scalar_one())
    return veil(key, *parts)


def subject_of(connection: Connection, address: Address) -> str:
    """What stands for an account that may not be named."""
    return veiled(connection, address.channel, address.account)

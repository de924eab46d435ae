"""A DingTalk (钉钉) group robot, by its webhook address, signed when it has a secret."""

import base64
import hashlib
import hmac
from types import MappingProxyType

from yarl import URL

from alerts import robots
from alerts.calls import Gone, InvalidEndpoint
from alerts.errors import Refused, Unreachable
from alerts.notes import Note, markdown
from database import types

SIGNS_WITH = "theirs"
BEGINS = "https://oapi.dingtalk.com/robot/send"
MOST_BYTES = 20_000
LONGEST_SECRET = 200
CODES = MappingProxyType(
    {
        -1: Unreachable,  # busy
        130101: Unreachable,  # more than 20 messages a minute
        410100: Unreachable,  # too fast
        310000: Unreachable,  # keyword, signature or address not as set in the group: a person can mend it
        300001: Gone,  # no such token
        400013: Gone,  # the group was dissolved
        400101: Gone,  # no such token
        400102: Gone,  # switched off
        400106: Gone,  # no such robot
        40035: Refused,  # no message
        400105: Refused,  # no such message type
        430101: Refused,  # a link, text or picture they do not allow
        430102: Refused,
        430103: Refused,
        430104: Refused,
    }
)


def endpoint(url: str, secret: str) -> tuple[str, str]:
    """The robot's address and secret as stored. Raises InvalidEndpoint."""
    if len(secret) > LONGEST_SECRET or not secret.isascii():
        raise InvalidEndpoint("secret", "unsafe_secret", expected="SEC…")
    return robots.address(url, BEGINS), secret


def signed(url: str, secret: str, milliseconds: int) -> str:
    """The address with the moment and a signature over it; unchanged without a secret."""
    if not secret:
        return url
    proof = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    sign = base64.b64encode(proof).decode()
    return str(URL(url).update_query(timestamp=str(milliseconds), sign=sign))


async def send(note: Note) -> str:
    """Say it in the group; the robot's answer. Raises Gone, Refused or Unreachable."""
    message = {
        "msgtype": "markdown",
        "markdown": {"title": note.subject, "text": markdown(note, MOST_BYTES)},
    }
    url = signed(note.url, note.secret, int(types.now().timestamp() * 1000))
    return await robots.say(url, message, CODES)


async def close() -> None:
    """Nothing is kept open."""

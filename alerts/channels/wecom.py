"""A WeCom (企业微信) group robot, by its webhook address."""

from types import MappingProxyType

from alerts import robots
from alerts.calls import Gone
from alerts.errors import Refused, Unreachable
from alerts.notes import Note, markdown

BEGINS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
MOST_BYTES = 4096
CODES = MappingProxyType(
    {
        -1: Unreachable,  # busy
        45009: Unreachable,  # more than 20 messages a minute
        93000: Gone,  # the robot was taken out of the group
        40008: Refused,  # no such message type
        40058: Refused,  # too long
        44004: Refused,  # empty
    }
)


def endpoint(url: str, secret: str) -> tuple[str, str]:
    """The robot's address as stored; its key is part of it. Raises InvalidEndpoint."""
    return robots.address(url, BEGINS), ""


async def send(note: Note) -> str:
    """Say it in the group; the robot's answer. Raises Gone, Refused or Unreachable."""
    message = {"msgtype": "markdown", "markdown": {"content": markdown(note, MOST_BYTES)}}
    return await robots.say(note.url, message, CODES)


async def close() -> None:
    """Nothing is kept open."""

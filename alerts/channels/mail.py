"""E-mail by SMTP, over connections that are kept and used again."""

import asyncio
import re
from typing import Literal
from weakref import WeakKeyDictionary

import aiosmtplib

from alerts.errors import NoSuchAddress, NotDelivered, Refused, ServerDown, TooQuick, Unreachable
from alerts.ledger import sender_domain
from alerts.letter import Mail
from alerts.message import build
from alerts.return_path import sender
from config.settings import settings

TIMEOUT = 60
IMPLICIT_TLS = 465

# What a reply means, first line that fits: codes, words in the reply, meaning.
# QQ and 163 answer 550 to a sender that is too quick: "Domain frequency limited".
TOO_QUICK = r"frequency limited|too (many|fast|frequent)|rate limit|throttl|4\.7\.\d"
FULL = r"mailbox (is )?full|over ?quota|quota exceeded|5\.2\.2"
UNKNOWN = (
    r"\b5\.1\.(1|3|6|10)\b|\b5\.2\.1\b|does ?n[o']t exist"
    r"|(user|mailbox|recipient|account|address)\b.{0,20}(unknown|not found|not exist|disabled|suspended)"
    r"|(unknown|no such|invalid|nonexist\w*) (user|mailbox|recipient|account|address)"
)
OUR_LOGIN = r"530|534|535|538"  # nobody's address is at fault
REPLIES: tuple[tuple[str, str, type[NotDelivered]], ...] = (
    (r"\d+", TOO_QUICK, TooQuick),
    (r"\d+", r"try again", Unreachable),
    (r"5\d\d", FULL, Unreachable),
    (r"421", r"", ServerDown),
    (r"4\d\d", r"", Unreachable),
    (OUR_LOGIN, r"", ServerDown),
    (r"5\d\d", UNKNOWN, NoSuchAddress),
    (r"\d+", r"", Refused),
)


def meaning(code: int, reply: str) -> NotDelivered:
    """The error a reply stands for."""
    for codes, words, error in REPLIES:
        if re.fullmatch(codes, str(code)) and re.search(words, reply, re.IGNORECASE | re.DOTALL):
            return error(f"{code} {without_addresses(reply)}")
    raise AssertionError("the last line of REPLIES fits everything")


def without_addresses(reply: str) -> str:
    """A server's words in one printable line, without anybody's address."""
    line = " ".join("".join(c if c.isprintable() else " " for c in reply).split())
    return re.sub(r"[^\s<>:;,]+@[^\s<>:;,]+", "(address)", line)[:300]


class _Pool:
    """Connections of one event loop. Taking one waits while all are in use."""

    def __init__(self) -> None:
        self.idle: list[aiosmtplib.SMTP] = []
        self.free = asyncio.Semaphore(settings().smtp_connections)

    async def send(self, sender: str, recipient: str, message: bytes) -> str:
        async with self.free:
            client = await self._begin(sender, recipient)
            try:
                answer = await client.data(message)
            except BaseException as error:
                await self._after(client, error)
                raise
            self.idle.append(client)
            return f"{answer.code} {without_addresses(answer.message)}"

    async def _begin(self, sender: str, recipient: str) -> aiosmtplib.SMTP:
        """A connection that has taken both addresses; one that went stale while idle is replaced.

        Until then no letter has left, so that asking again cannot send it twice.
        """
        while self.idle:
            client = self.idle.pop()
            try:
                await _address(client, sender, recipient)
            except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused):
                client.close()
            except BaseException as error:
                await self._after(client, error)
                raise
            else:
                return client
        client = await _connect()
        try:
            await _address(client, sender, recipient)
        except BaseException as error:
            await self._after(client, error)
            raise
        return client

    async def _after(self, client: aiosmtplib.SMTP, error: BaseException) -> None:
        """After a refusal the connection is kept, after anything else it is not."""
        if isinstance(error, aiosmtplib.SMTPResponseException):
            await self._keep(client)
        else:
            client.close()

    async def _keep(self, client: aiosmtplib.SMTP) -> None:
        """After a refusal the connection is good again once the server has forgotten the letter."""
        try:
            await client.rset()
        except aiosmtplib.SMTPException:
            client.close()
        else:
            self.idle.append(client)

    async def close(self) -> None:
        while self.idle:
            client = self.idle.pop()
            try:
                await client.quit(timeout=5)
            except aiosmtplib.SMTPException:
                client.close()


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()
_STARTTLS: dict[Literal["auto", "always", "never"], bool | None] = {
    "auto": None,
    "always": True,
    "never": False,
}


async def _address(client: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
    """Name both addresses; one beyond ASCII only to a server that knows them (RFC 6531)."""
    if recipient.isascii():
        await client.mail(sender)
        await client.rcpt(recipient)
        return
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    if not client.supports_extension("smtputf8"):
        raise Refused("the mail server takes no address beyond ASCII (no SMTPUTF8)")
    await client.mail(sender, options=["BODY=8BITMIME", "SMTPUTF8"])
    await client.rcpt(recipient, encoding="utf-8")


async def _connect() -> aiosmtplib.SMTP:
    config = settings()
    implicit = config.smtp_port == IMPLICIT_TLS
    client = aiosmtplib.SMTP(
        hostname=config.smtp_host,
        port=config.smtp_port,
        username=config.smtp_user or None,
        password=config.smtp_password or None,
        use_tls=implicit,
        start_tls=False if implicit else _STARTTLS[config.smtp_starttls],
        local_hostname=sender_domain(),
        cert_bundle=None if config.smtp_ca is None else str(config.smtp_ca),
        timeout=TIMEOUT,
    )
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise ServerDown(without_addresses(f"{type(error).__name__} {error}")) from error
    return client


async def send(mail: Mail) -> str:
    """Hand a letter to the mail server; its reply. Raises Unreachable or Refused."""
    loop = asyncio.get_running_loop()
    pool = _pools.setdefault(loop, _Pool())
    try:
        return await pool.send(sender(mail.message_id), mail.to, build(mail))
    except aiosmtplib.SMTPSenderRefused as error:
        # About us, not about the reader: their address must not suffer for it.
        raise ServerDown(f"{error.code} {without_addresses(error.message)}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise meaning(error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unreachable(without_addresses(f"{type(error).__name__} {error}")) from error


async def close() -> None:
    """End the connections of the running event loop politely."""
    if pool := _pools.pop(asyncio.get_running_loop(), None):
        await pool.close()

"""Takes in what comes back by mail (SMTP or LMTP): bounces, complaints, and people who leave.

It takes mail for addresses of our own making only, one recipient at a time, and keeps none of it.
"""

import asyncio
import logging
import socket

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from alerts.bounces import is_ours, receive
from alerts.receiver import Receiver, Server
from alerts.reports import LARGEST

log = logging.getLogger(__name__)

SECONDS_IDLE = 60


class _Handler:
    """One message, one effect. Whatever fails on our side is to be sent again later."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        try:
            known = await asyncio.to_thread(is_ours, address)
        except Exception:
            log.exception("inbound_failed step=recipient")
            return "451 4.3.0 try again later"
        if not known:
            return "550 5.1.1 no such address"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        [address] = envelope.rcpt_tos
        try:
            what = await asyncio.to_thread(
                receive, address, envelope.mail_from or "", envelope.original_content or b""
            )
        except Exception:
            log.exception("inbound_failed step=data")
            return "451 4.3.0 try again later"
        log.info("inbound what=%s", what or "nothing")
        return "250 2.0.0 taken"


class _Server(Server):
    """Speaks SMTP, or LMTP to a mail server that hands on."""

    def __init__(self, listening: socket.socket, lmtp: bool) -> None:
        self.protocol = LMTP if lmtp else SMTP
        super().__init__(_Handler(), listening)

    def factory(self) -> SMTP:
        return self.protocol(
            self.handler, data_size_limit=LARGEST, ident="bounces", timeout=SECONDS_IDLE, loop=self.loop
        )


class Inbound(Receiver):
    """`with Inbound(host, port, lmtp=True) as inbound:` takes mail until the block ends; port 0: any free."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, lmtp: bool = False) -> None:
        super().__init__(host, port)
        self._lmtp = lmtp

    def server(self, listening: socket.socket) -> Server:
        """The server of the protocol asked for."""
        return _Server(listening, self._lmtp)

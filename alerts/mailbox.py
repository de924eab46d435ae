"""A local mail server that keeps every letter in a Maildir: for the demo and for tests. It relays nothing."""

import mailbox
import socket
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from alerts.receiver import Receiver, Server

LARGEST = 10 * 1024 * 1024


class Keeper:
    """Stores what comes in."""

    def __init__(self, home: Path) -> None:
        self.maildir = mailbox.Maildir(home)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep one copy for all recipients, with the envelope before it, as a mail server does."""
        content = envelope.original_content or b""
        trace = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {to}" for to in envelope.rcpt_tos)]
        self.maildir.add("\r\n".join(trace).encode() + b"\r\n" + content)
        return "250 2.0.0 kept"


class Mailbox(Receiver):
    """`with Mailbox(folder) as box:` serves SMTP on box.host and box.port until the block ends."""

    def __init__(
        self, folder: Path, port: int = 0, host: str = "127.0.0.1", handler: Any | None = None
    ) -> None:
        self.folder = folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._handler = handler or Keeper(folder)
        super().__init__(host, port)

    def server(self, listening: socket.socket) -> Server:
        """A plain server that keeps what comes."""
        return Server(self._handler, listening, data_size_limit=LARGEST, ident="local mailbox")

    def letters(self) -> list[bytes]:
        """All letters kept so far, oldest first."""
        kept = sorted((self.folder / "new").glob("*"), key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [path.read_bytes() for path in kept]

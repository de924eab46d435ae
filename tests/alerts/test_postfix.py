"""Letters through a real Postfix: it takes them by STARTTLS, keeps, relays or returns them."""

import datetime as dt
import email
import email.policy
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dkim
import icalendar
import pytest
from certificates import certificate
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from alerts import deliver
from alerts.inbound import Inbound
from alerts.mailbox import Mailbox
from config.settings import settings
from database import types
from database.tables import Bounce, Letter

pytestmark = [
    pytest.mark.slow,
    pytest.mark.backends("sqlite"),
    pytest.mark.skipif(
        shutil.which("postfix") is None or os.geteuid() != 0,
        reason="needs Postfix installed, and root to run it",
    ),
]

LOG = Path("/var/log/tbt-postfix-test.log")  # Postfix insists on /var
MASTER = """
{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""
MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {log}
daemon_directory = {daemons}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.net
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtputf8_enable = yes
virtual_mailbox_domains = firm.example.org
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ {{li@firm.example.org=li/}}, {{李明@firm.example.org=ming/}} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
relay_domains = gone.example.org
relay_recipient_maps =
transport_maps = inline:{{ {{gone.example.org=smtp:[127.0.0.1]:{next}}},
  {{tbt.example.org=lmtp:inet:127.0.0.1:{inbound}}} }}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {home}/cert.pem
smtpd_tls_key_file = {home}/key.pem
smtpd_recipient_restrictions = permit_mynetworks, reject
smtp_tls_security_level = none
"""


class Refusing:
    """The next server on the way: nobody lives there."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Postfix:
    """An instance of its own in a folder of its own."""

    def __init__(self, home: Path, following: int, inbound: int) -> None:
        self.home, self.port = home, free_port()
        owner = pwd.getpwnam("postfix")
        daemons = next(p for p in ("/usr/lib/postfix/sbin", "/usr/libexec/postfix") if Path(p).is_dir())
        for name in ("queue", "data", "mail", "etc"):
            (home / name).mkdir(parents=True)
        for name in ("data", "mail"):
            os.chown(home / name, owner.pw_uid, owner.pw_gid)
        self.authority, _ = certificate(home)
        (home / "etc" / "master.cf").write_text(MASTER.format(port=f"127.0.0.1:{self.port}"))
        (home / "etc" / "main.cf").write_text(
            MAIN.format(
                home=home,
                log=LOG,
                daemons=daemons,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                next=following,
                inbound=inbound,
            ),
            encoding="utf-8",
        )

    def run(self, *words: str) -> None:
        subprocess.run(["postfix", "-c", str(self.home / "etc"), *words], check=True, timeout=60)

    def kept(self, name: str) -> list[bytes]:
        """What lies in a mailbox, once something does."""
        return self.until(lambda: [p.read_bytes() for p in (self.home / "mail" / name / "new").glob("*")])

    def until(self, look: Callable[[], list[Any]]) -> list[Any]:
        for _ in range(200):
            if found := look():
                return found
            time.sleep(0.05)
        raise AssertionError(f"nothing came: {LOG.read_text(errors='replace')}")


@pytest.fixture
def inbound() -> Iterator[Inbound]:
    with Inbound(lmtp=True) as one:
        yield one


@pytest.fixture
def postfix(
    living_world: Any, inbound: Inbound, tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Postfix]:
    # Postfix's daemons run as other users: they must be able to walk into the folder.
    home = Path(f"/tmp/tbt-postfix-{os.getpid()}")
    home.mkdir()
    with Mailbox(tmp_path / "unused", handler=Refusing()) as following:
        one = Postfix(home, following.port, inbound.port)
        one.run("start")
        try:
            use(one.port)
            monkeypatch.setenv("TBT_SMTP_STARTTLS", "always")
            monkeypatch.setenv("TBT_SMTP_CA", str(one.authority))
            settings.cache_clear()
            yield one
        finally:
            one.run("stop")
            shutil.rmtree(home)
            LOG.unlink(missing_ok=True)


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The DNS record of the key that letters are signed with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "dkim.pem").write_bytes(key.private_bytes(*form))
    monkeypatch.setenv("TBT_DKIM_KEY", str(tmp_path / "dkim.pem"))
    settings.cache_clear()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])


def test_what_postfix_keeps_is_sound_and_signed(living_world: Any, postfix: Postfix, record: bytes) -> None:
    for address, language in (("li@firm.example.org", "en"), ("李明@firm.example.org", "zh")):
        living_world.reader(address, sectors=["household-appliances"], language=language)
    living_world.notice(comment_deadline=types.now().date() + dt.timedelta(days=30))
    living_world.run()
    letters = living_world.rows(Letter)
    assert [letter.outcome for letter in letters] == ["sent", "sent"]
    for letter, name, address in zip(
        letters, ("li", "ming"), ("li@firm.example.org", "李明@firm.example.org"), strict=True
    ):
        (raw,) = postfix.kept(name)
        assert raw.startswith(f"Return-Path: <bounce+{letter.id}-".encode())
        wire = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert dkim.verify(wire, dnsfunc=lambda name, timeout=5: record)
        strict = email.policy.strict.clone(raise_on_defect=True, utf8=True)
        read = email.message_from_bytes(raw, policy=strict)
        assert (read["To"], read["Message-ID"]) == (address, letter.message_id)
        assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        kinds = [part.get_content_type() for part in read.walk() if not part.is_multipart()]
        assert kinds == ["text/plain", "text/html", "text/calendar"]
        dates = next(part for part in read.walk() if part.get_content_type() == "text/calendar")
        assert icalendar.Calendar.from_ical(dates.get_payload(decode=True)).walk("VEVENT")


def test_what_postfix_returns_is_read_and_the_address_left_alone(living_world: Any, postfix: Postfix) -> None:
    living_world.reader("wang@gone.example.org", sectors=["household-appliances"])
    living_world.notice()
    living_world.run()
    (letter,) = living_world.rows(Letter)
    assert letter.outcome == "sent", "Postfix took it, and only then learnt that nobody lives there"
    (bounce,) = postfix.until(lambda: living_world.rows(Bounce))
    assert (bounce.letter_id, bounce.kind, bounce.code) == (letter.id, "hard", "5.1.1")
    assert [row.reason for row in living_world.rows_of_suppression()] == ["hard_bounce"]
    living_world.notice()
    living_world.run()
    assert [one.outcome for one in living_world.rows(Letter)] == ["refused", "dropped"]


def test_a_certificate_nobody_vouches_for_gets_no_letter(
    living_world: Any, postfix: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TBT_SMTP_CA")
    settings.cache_clear()
    living_world.reader("li@firm.example.org", sectors=["household-appliances"])
    living_world.notice()
    living_world.run()
    living_world.run(deliver)
    assert [letter.outcome for letter in living_world.rows(Letter)] == [""]

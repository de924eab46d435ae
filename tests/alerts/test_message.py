import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from alerts.letter import Mail
from alerts.message import build
from config.settings import settings

LINES = st.lists(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=120), max_size=6).map(
    "\n".join
)
SUBJECTS = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=150).filter(
    str.strip
)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def signing(key: rsa.RSAPrivateKey, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The DNS record of the key that letters are signed with."""
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (data_dir / "key.pem").write_bytes(key.private_bytes(*form))
    monkeypatch.setenv("TBT_DKIM_KEY", str(data_dir / "key.pem"))
    monkeypatch.setenv("TBT_MAIL_FROM", "广东技贸预警 <alerts@tbt.example.org>")
    settings.cache_clear()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "v=DKIM1; k=rsa; p=" + "".join(public.decode().splitlines()[1:-1])


def mail(subject: str, text: str, html: str, language: str = "zh", calendar: bytes = b"") -> Mail:
    return Mail(
        "li@firm.example.org", "<alert-1-0@tbt.example.org>", "digest", language, subject, text, html,
        unsubscribe_url="https://tbt.example.org/u/" + "x" * 200, unsubscribe_address="u@tbt.example.org",
        calendar=calendar,
    )  # fmt: skip


def test_a_text_of_one_long_line_breaks_as_mail_does(data_dir: Path) -> None:
    raw = build(mail("x", "\u0800" * 90, "<p>", "en"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subject=SUBJECTS,
    text=LINES,
    html=LINES,
    language=st.sampled_from(["zh", "zh-Hant", "en"]),
    calendar=st.sampled_from([b"", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"]),
    pdf=st.none() | st.tuples(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), st.binary()),
)
def test_what_was_written_is_what_a_strict_reader_reads_and_the_signature_verifies(
    signing: str,
    subject: str,
    text: str,
    html: str,
    language: str,
    calendar: bytes,
    pdf: tuple[str, bytes] | None,
) -> None:
    import dkim as peer

    raw = build(replace(mail(subject, text, html, language, calendar), pdf=pdf))
    assert all(len(line) <= 990 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    strict = email.message_from_bytes(raw, policy=email.policy.strict.clone(raise_on_defect=True))
    assert not strict.defects
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert read["Subject"] == " ".join(subject.split())
    assert read["From"] == "广东技贸预警 <alerts@tbt.example.org>"
    for kind, words in (("plain", text), ("html", html)):
        body = read.get_body((kind,))
        assert body is not None
        assert body.get_content().replace("\r\n", "\n").rstrip("\n") == words.rstrip("\n")
    carried = [(part.get_filename(), part.get_content()) for part in read.iter_attachments()]
    assert carried == ([("dates.ics", calendar.decode())] if calendar else []) + ([pdf] if pdf else [])
    assert peer.verify(raw, dnsfunc=lambda name, timeout=5: signing.encode())
    changed = raw[:-40] + (b"y" if raw[-40:-39] == b"x" else b"x") + raw[-39:]
    assert not peer.verify(changed, dnsfunc=lambda name, timeout=5: signing.encode())


def test_no_header_can_be_ended_early(data_dir: Path) -> None:
    for field in ("to", "message_id", "unsubscribe_url"):
        one = mail("s", "t", "h")
        wrong = Mail(**{**one.__dict__, field: "a@b.example\r\nBcc: c@d.example"})
        with pytest.raises(ValueError, match="line break"):
            build(wrong)
    assert not re.search(rb"(?im)^bcc:", build(mail("Subject\r\nBcc: c@d.example", "t", "h")))


def test_a_letter_to_an_address_beyond_ascii_is_signed_as_it_is_written(signing: str) -> None:
    import dkim as peer

    one = mail("水壶", "t", "h")
    raw = build(Mail(**{**one.__dict__, "to": "李明@firm.example.org"}))
    assert "To: 李明@firm.example.org\r\n".encode() in raw
    assert peer.verify(raw, dnsfunc=lambda name, timeout=5: signing.encode())

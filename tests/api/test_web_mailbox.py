import mailbox
from email.message import EmailMessage
from pathlib import Path

from fastapi.testclient import TestClient

HTML = '<p style="color:red">Hello <a href="http://127.0.0.1/confirm/x">confirm</a></p><style>p{margin:0}</style>'


def put(folder: Path, subject: str, html: str = "", text: str = "Hello") -> None:
    letter = EmailMessage()
    letter["Subject"] = subject
    letter["To"] = "chen@toys.example.com"
    letter.set_content(text)
    if html:
        letter.add_alternative(html, subtype="html")
    mailbox.Maildir(folder).add(letter.as_bytes())


def test_letters_are_listed_and_shown_in_a_frame_that_runs_nothing(demo: TestClient, tmp_path: Path) -> None:
    assert "还没有邮件" in demo.get("/mailbox").text
    put(tmp_path / "mailbox", "<b>First</b>", HTML)
    put(tmp_path / "mailbox", "第二封", text="<script>alert(1)</script>")
    page = demo.get("/mailbox").text
    assert "&lt;b&gt;First&lt;/b&gt;" in page
    assert page.index("第二封") < page.index("First")
    one = demo.get("/mailbox/1")
    assert 'sandbox="allow-top-navigation-by-user-activation"' in one.text
    assert "srcdoc=" in one.text
    assert "<p style=" not in one.text
    policy = one.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert policy.count("'sha256-") == 2
    assert "script-src 'self'" in policy
    assert "<script>alert" not in demo.get("/mailbox/2").text


def test_there_is_no_such_letter(demo: TestClient, tmp_path: Path) -> None:
    put(tmp_path / "mailbox", "One")
    for number in ("0", "2", "-1", "x", "99999999999", "..%2Fsecret"):
        assert demo.get(f"/mailbox/{number}").status_code == 404


def test_broken_letters_are_shown_as_far_as_they_can_be_read(demo: TestClient, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "mailbox")
    box.add(b"\xff\xfe\x00 not a letter")
    box.add(b"Subject: =?utf-8?b?////?=\nContent-Type: text/html; charset=nonsense\n\n<b>\xff\xfe</b>")
    assert demo.get("/mailbox").status_code == 200
    assert [demo.get(f"/mailbox/{number}").status_code for number in (1, 2)] == [200, 200]


def test_outside_the_demo_there_is_no_mailbox(client: TestClient) -> None:
    assert client.get("/mailbox").status_code == 404
    assert client.get("/mailbox/1").status_code == 404
    assert "/mailbox" not in client.get("/").text

import datetime as dt
import re
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from alerts import deliver, dkim, letter, links, match, titles
from alerts.letter import COLOURS
from config.settings import settings
from database.session import reading, unit_of_work
from database.tables import Letter, Notice, Run, Subscriber

DEADLINE = dt.date(2026, 12, 5)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


class Strict(HTMLParser):
    """Fails on a tag that is not closed in order; collects what a reader sees."""

    VOID = ("meta", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.seen.append(data)


@pytest.fixture
def kettle(world: Any) -> int:
    return int(
        world.notice(
            comment_deadline=DEADLINE,
            closes_at=dt.datetime(2026, 12, 5, 22, 59, 59, tzinfo=dt.UTC),
            hs=["851671"],
            agency="Consumer Product Safety Commission",
            products="Electric kettles (HS 8516.71)",
            language="en",
        )
    )


def test_the_letter_has_its_headers_and_both_parts(world: Any, post: Any, kettle: int) -> None:
    world.reader(hs=["8516"], keywords=["kettle"], name="电水壶")
    world.run()
    (mail,) = post.read()
    (stored,) = world.rows(Letter, Letter.kind == "digest")
    assert mail["Subject"] == "【技术性贸易措施预警】1 条新通报，最近截止 2026-12-05（剩 14 天）"
    assert mail["From"] == "TBT Early Warning <alerts@tbt.example.org>"
    assert mail["To"] == "li@firm.example.org"
    assert mail["Message-ID"] == stored.message_id
    assert mail["List-Id"] == "<tbt-alerts.tbt.example.org>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["Precedence"], mail["Auto-Submitted"]) == ("bulk", "auto-generated")
    assert mail["X-Entity-Ref-ID"] in stored.message_id
    assert mail["Date"].datetime.date() == dt.date(2026, 11, 21)
    https, mailto = re.findall(r"<([^>]+)>", mail["List-Unsubscribe"])
    assert re.fullmatch(r"mailto:unsubscribe\+\d+-\w{20}@tbt\.example\.org\?subject=unsubscribe", mailto)
    with reading() as session:
        person = session.exec(letter.select(Subscriber)).one()
        assert links.read("unsubscribe", https.removeprefix("https://tbt.example.org/u/")) == [person.token]
    assert mail.get_content_type() == "multipart/mixed"
    letter_part, dates = mail.iter_parts()
    assert [p.get_content_type() for p in letter_part.iter_parts()] == ["text/plain", "text/html"]
    assert dates.get_content_type() == "text/calendar"
    assert "DTSTART;VALUE=DATE:20261205" in dates.get_content()


def test_headers_with_addresses_are_neither_encoded_nor_broken(
    world: Any, post: Any, kettle: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TBT_PUBLIC_URL", "https://" + "a-rather-long-name." * 4 + "example.org")
    settings.cache_clear()
    world.reader(hs=["8516"])
    world.run()
    (raw,) = post.letters()
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("ascii")
    assert re.search(r"\nList-Unsubscribe: <https://a-rather[^\s?]+>,\n <mailto:\S+>\n", head)
    assert all(len(line) < 998 for line in raw.split(b"\n"))


def test_the_letter_says_who_what_by_when_and_why(world: Any, post: Any, kettle: int) -> None:
    world.reader(hs=["8516"], keywords=["kettle"], name="电水壶")
    world.run()
    (mail,) = post.read()
    text = part(mail, "plain")
    assert "[橙色 · 应对] 美国：家用电器——产品安全（通报） [机器生成]" in text
    assert "原文标题: Electric 【kettles】: safety requirements" in text
    assert "订阅“电水壶”：直接相关（HS 851671，您订阅 8516、关键词“kettle”见于标题：“kettles”）" in text
    assert "评议截止: 2026-12-05（剩 14 天；北京时间 2026-12-06 06:59 止）" in text
    assert "生效: 未注明" in text
    assert "发布方: 美国 · Consumer Product Safety Commission" in text
    assert f"https://tbt.example.org/notices/{kettle}" in text
    assert "https://example.org/notices/" in text
    assert "以官方公布的文本为准" in text
    assert "https://tbt.example.org/me/" in text
    assert "https://tbt.example.org/u/" in text


def test_the_page_is_sound_accessible_and_says_the_same(world: Any, post: Any, kettle: int) -> None:
    world.reader(hs=["8516"], keywords=["kettle"], name="电水壶")
    world.run()
    page = part(post.read()[0], "html")
    strict = Strict(page)
    seen = " ".join(" ".join(strict.seen).split())
    assert ("html", {"lang": "zh-CN", "dir": "ltr"}) in strict.tags
    assert any(attrs.get("name") == "color-scheme" for _, attrs in strict.tags)
    assert [tag for tag, _ in strict.tags if tag in ("h1", "h2")] == ["h1", "h2"]
    tables = [attrs for tag, attrs in strict.tags if tag == "table"]
    assert all(t.get("role") == "presentation" for t in tables[:-1])
    assert "max-width:600px" in page
    assert "<mark" in page
    assert not [tag for tag, _ in strict.tags if tag in ("img", "script", "link")]
    for words in (
        "橙色 · 应对",
        "2026-12-05（剩 14 天；北京时间 2026-12-06 06:59 止）",
        "直接相关",
        "未注明",
    ):
        assert words in seen


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_every_colour_can_be_read() -> None:
    folder = Path(letter.__file__).parent / "templates"
    pairs = [*COLOURS.values(), ("#1c1f24", "#f3f4f6"), ("#eceef1", "#16181c"), ("#b9bfc9", "#16181c")]
    pairs += [("#9cc2ff", "#16181c"), ("#ffffff", "#6b5500")]
    for path in folder.glob("*.html"):
        pairs += [(ink, "#ffffff") for ink in re.findall(r"(?<!-)color:(#\w{6});", path.read_text())]
    pairs = [p for p in pairs if p not in (("#eceef1", "#ffffff"), ("#ffffff", "#ffffff"))]
    for ink, ground in pairs:
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        if ink in ("#b9bfc9", "#9cc2ff") and ground == "#ffffff":
            continue  # colours of the dark page
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("zh", "1 条新通报", ["美国：家用电器", "评议截止", "仅供参考"]),
        ("zh-Hant", "1 條新通報", ["美國：家用電器", "評議截止"]),
        ("en", "1 new notice(s)", ["United States: Household appliances", "Comments by", "14 days left"]),
    ],
)
def test_the_letter_comes_in_the_readers_language(
    world: Any, post: Any, kettle: int, language: str, subject: str, words: list[str]
) -> None:
    world.reader(hs=["8516"], language=language)
    world.run()
    (mail,) = post.read()
    assert subject in mail["Subject"]
    assert mail["Content-Language"] == letter.LANGUAGE_TAGS[language]
    for kind in ("plain", "html"):
        for word in words:
            assert word in part(mail, kind)
    if language == "en":
        assert not re.search(r"[\u4e00-\u9fff]", part(mail, "plain"))


def test_every_text_a_letter_can_need_exists_in_each_language() -> None:
    from config.texts import catalogue

    named = {name for name in catalogue() if name.startswith("letters.")}
    used = set()
    for path in Path(letter.__file__).parent.rglob("*"):
        if path.suffix in (".py", ".txt", ".html"):
            source = path.read_text(encoding="utf-8")
            used |= {f"letters.{n}" for n in re.findall(r'\bt\("(\w+)"[,)]', source)}
            used |= set(re.findall(r'"(letters\.\w+)"', source))
    assert used <= named
    dynamic = (
        "level_",
        "kind_",
        "reason_",
        "relevance_",
        "matched_",
        "field_",
        "invalid_",
        "subject_",
        "answer_",
        "gist_",
        "grounds_",
        "rule_",
    )
    idle = {n for n in named - used if not n.removeprefix("letters.").startswith(dynamic)}
    assert idle <= {"letters.late", "letters.lookback"}


def test_what_a_publisher_writes_can_break_neither_page_nor_header(world: Any, post: Any) -> None:
    world.notice(
        "Kettles <script>alert(1)</script>\r\nBcc: victim@example.org\r\n\u202e\u0007 & 'more'",
        products="<img src=x onerror=alert(2)>\nSubject: other",
        agency="Agency\r\nX-Evil: 1",
        url="javascript:alert(3)",
        comment_deadline_raw="<b>60 days</b>\r\n\r\nhello",
        event="deadline_moved",
    )
    world.reader(keywords=["kettle"], name="我的<script>订阅")
    world.run()
    (mail,) = post.read()
    page = part(mail, "html")
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert mail.get_all("Subject") == ["【技术性贸易措施预警】1 条动态"]
    assert not {"script", "img", "b"} & {tag for tag, _ in Strict(page).tags}
    for kind in ("plain", "html"):
        assert "javascript:" not in part(mail, kind)
        assert "\u202e" not in part(mail, kind)
        assert "\u0007" not in part(mail, kind)
    assert "&lt;script&gt;alert(1)" in page
    assert "\nBcc" not in part(mail, "plain")


def test_a_hostile_sender_name_is_refused_not_sent(
    world: Any, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.notice()
    world.reader(sectors=["household-appliances"])
    monkeypatch.setenv("TBT_MAIL_FROM", "A <a@b.example>\r\nBcc: c@d.example")
    settings.cache_clear()
    world.run()
    assert not post.read()


def test_a_deadline_that_is_not_stated_is_never_guessed(world: Any, post: Any) -> None:
    world.notice(comment_deadline_raw="60 days from notification")
    world.reader(sectors=["household-appliances"])
    world.run()
    (mail,) = post.read()
    assert "评议截止: 未注明（原文：“60 days from notification”）" in part(mail, "plain")
    assert "截止" not in mail["Subject"]
    assert "2027" not in part(mail, "plain")


def test_a_deadline_lasts_to_the_end_of_its_day_in_geneva(world: Any, post: Any, clock: Any) -> None:
    world.notice(comment_deadline=DEADLINE)
    world.reader(sectors=["household-appliances"])
    clock.at = dt.datetime(2026, 12, 5, 17, 0, tzinfo=dt.UTC)  # 01:00 of the next day in Guangdong
    world.run()
    clock.at = dt.datetime(2026, 12, 5, 23, 0, 1, tzinfo=dt.UTC)
    with unit_of_work() as session:
        session.exec(letter.select(Letter)).one().outcome = ""
    world.run(deliver)
    before, after = post.read()
    assert "2026-12-05（剩 0 天；北京时间 2026-12-06 06:59 止）" in part(before, "plain")
    assert "2026-12-05（已截止）" in part(after, "plain")


def test_every_number_and_date_comes_from_the_facts(world: Any, post: Any, kettle: int) -> None:
    world.reader(hs=["8516"], name="订阅")
    world.run()
    text = part(post.read()[0], "plain")
    first = text.index("1. [")
    line = re.sub(r"https?://\S+", "", text[first + 2 : text.index("本信仅供参考")])
    line = re.sub(r"级别依据: .*", "", line)  # counts the rule's points
    numbers = set(re.findall(r"\d[\d:.-]*", line))
    assert numbers <= {"2026-12-05", "14", "2026-12-06", "06:59", "851671", "8516", "8516.71", "2026-11-05"}


def test_eight_items_are_shown_the_most_pressing_first_and_the_rest_counted(world: Any, post: Any) -> None:
    world.reader(sectors=["household-appliances"], hs=["8516"])
    for days in range(10):
        world.notice(f"Notice {days}", comment_deadline=DEADLINE + dt.timedelta(days=10 - days))
    world.notice("Banned", measure_types=("ban-licence",), comment_deadline=DEADLINE, hs=["851671"])
    world.run()
    (mail,) = post.read()
    text = part(mail, "plain")
    assert mail["Subject"].startswith("【技术性贸易措施预警】11 条新通报，最近截止 2026-12-05")
    shown = re.findall(r"原文标题: (.+)", text)
    assert shown == ["Banned", *(f"Notice {days}" for days in range(9, 2, -1))]
    assert "1. [橙色 · 应对]" in text  # red waits for a person
    assert "另有 3 条" in text


def test_a_moved_deadline_and_a_late_notice_say_so(world: Any, post: Any, clock: Any) -> None:
    world.reader(sectors=["household-appliances"])
    notice = world.notice(sectors=())
    world.run(match)
    clock.forward(days=9)
    world.tag(notice, sector=("household-appliances",))
    world.event(notice, "deadline_moved", 2, before="2026-12-05", after="2026-12-20")
    world.run()
    (mail,) = post.read()
    assert "新通报 [补发]" in part(mail, "plain")
    assert "评议截止日变更：由 2026-12-05 改为 2026-12-20" in part(mail, "plain")
    assert "2 条动态" in mail["Subject"]


def test_the_coverage_line_tells_silence_from_breakage(world: Any, post: Any, clock: Any) -> None:
    with unit_of_work() as session:
        session.add(Run(source="wto_eping", status="ok", ended_at=clock.at))
        session.add(Run(source="wto_eping", status="failed", ended_at=clock.at + dt.timedelta(hours=1)))
        session.add(Run(source="eu_tris", status="failed", ended_at=clock.at))
    world.notice()
    world.reader(sectors=["household-appliances"])
    world.run()
    text = part(post.read()[0], "plain")
    assert "监测 2 个来源，其中 1 个已成功读取" in text
    assert "eu_tris：尚未成功读取" in text
    assert "wto_eping：2026-11-21 10:00" in text


def test_the_signature_covers_the_list_headers_and_verifies(
    world: Any, post: Any, kettle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dkim as peer

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = "v=DKIM1; k=rsa; p=" + "".join(public.decode().splitlines()[1:-1])
    asked = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record.encode()

    monkeypatch.setenv("TBT_DKIM_KEY", str(tmp_path / "key.pem"))
    settings.cache_clear()
    world.reader(hs=["8516"])
    world.reader("wang@firm.example.org", hs=["8516"], language="en")
    world.run()
    for raw in post.letters():
        message = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        message = re.sub(rb"^(Return-Path|Delivered-To):.*\r\n", b"", message, flags=re.MULTILINE)
        assert peer.verify(message, dnsfunc=dns)
        assert not peer.verify(message.replace(b"One-Click", b"Two-Click"), dnsfunc=dns)
    assert asked[0] == b"tbt._domainkey.tbt.example.org."
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(dkim.SIGNED)


def test_nothing_personal_but_the_address_is_stored_with_a_letter(world: Any, post: Any, kettle: int) -> None:
    world.reader(hs=["8516"])
    world.run()
    (stored,) = world.rows(Letter)
    assert "firm.example.org" not in repr(stored)
    assert len(world.rows(Notice)) == 1


def test_a_recall_is_called_so_once():
    case = Notice(source="eu_safety_gate", source_id="1", title="Doll", kind="alert", members=["ESP"])
    found = {"sector": ["toys-children"], "measure_type": ["recall"]}
    assert titles.composed(case, found, "zh") == "西班牙：玩具与儿童用品——召回与危险产品通报"
    other = {"sector": ["toys-children"], "measure_type": ["safety"]}
    assert titles.composed(case, other, "zh").endswith("（召回或执法通报）")

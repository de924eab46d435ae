"""The whole line as `make demo` runs it: real crawlers, real SMTP, a real mailbox."""

import datetime as dt
import mailbox
from email import message_from_bytes, policy

from sqlmodel import func, select

from config.taxonomy import markets, sectors
from database.session import reading
from database.tables import Alert, Letter, Notice, Run, Tag


def _counts():
    with reading() as session:
        return [session.exec(select(func.count()).select_from(t)).one() for t in (Notice, Alert, Letter)]


def _letters(data_dir):
    box = mailbox.Maildir(data_dir / "mailbox", create=False)
    return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.keys()]  # noqa: SIM118


def test_the_demo_runs_the_whole_line_and_a_second_run_repeats_nothing(database, tbt, data_dir):
    said = tbt("demo", "--once", "--data", str(data_dir)).stdout
    assert "0 new" not in said
    first = _counts()
    letters = _letters(data_dir)
    assert first[0] >= 300
    assert len(letters) == first[2] >= 8
    with reading() as session:
        assert {run.status for run in session.exec(select(Run)).all()} == {"ok"}
        tags = session.exec(select(Tag.kind, Tag.code).distinct()).all()
    assert {code for kind, code in tags if kind == "sector"} == set(sectors())
    bri = markets()["BRI"].on(dt.date(2026, 11, 1))
    assert len({code for kind, code in tags if kind == "country"} & bri) >= 25
    alerts = [m for m in letters if m["List-Unsubscribe-Post"]]
    assert len(alerts) >= 4
    for letter in alerts:
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text = letter.get_body(("plain",)).get_content()
        assert "http" in text
        assert letter.get_body(("html",)) is not None
    assert any("技术性贸易措施" in m["Subject"] for m in alerts)
    assert any("Trade barrier" in m["Subject"] for m in alerts)

    assert "(0 new)" in tbt("demo", "--once", "--data", str(data_dir)).stdout
    assert _counts() == first
    assert len(_letters(data_dir)) == len(letters)


def test_demo_and_live_data_never_share_a_folder(tbt, data_dir):
    tbt("status")
    from database.session import unit_of_work

    with unit_of_work() as session:
        session.add(Notice(source="wto_eping", source_id="G/TBT/N/USA/1"))
    done = tbt("demo", "--once", "--data", str(data_dir), code=1)
    assert "live data" in done.stderr
    (data_dir / "demo").touch()
    assert "sample notices" in tbt("up", "--port", "0", code=1).stderr

"""Databases of earlier releases are brought to today's form."""

from alembic import command
from sqlmodel import Session, col, select, text

from database import migrate, search
from database.session import reading, unit_of_work
from database.tables import Notice

TITLES = ("儿童化妆品 安全的 技术规范 A 中", "ร่างประกาศ ของเล่น", "Sécurité des jouets ألعاب", "x 国")
QUERIES = ("化妆品", "品安全", "安全的技", "ประกาศ", "jouets", "中国", "国")


def _words(session: Session) -> dict[int, set[str]]:
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(text("SELECT rowid, body FROM notice_search"))
        return {number: set(body.split()) for number, body in rows}
    rows = session.execute(text("SELECT notice_id, tsvector_to_array(body) FROM notice_search"))
    return {number: set(words) for number, words in rows}


def _found(session: Session) -> list[list[int | None]]:
    wanted = [search.matches(session, query) for query in QUERIES]
    return [
        list(session.exec(select(Notice.id).where(one).order_by(col(Notice.id))))
        for one in wanted
        if one is not None
    ]


def test_the_words_of_an_earlier_release_are_made_into_todays_and_back(database: str) -> None:
    with unit_of_work() as session:
        for number, title in enumerate(TITLES):
            notice = Notice(source="x", source_id=str(number), title=title, text="检验 玩具安全标准")
            session.add(notice)
            session.flush()
            search.index(session, notice)
    with reading() as session:
        today, found = _words(session), _found(session)
    assert any(found)
    command.downgrade(migrate._config(), "0001")
    with reading() as session:
        before = _words(session)
    for number, words in before.items():
        assert words < today[number]
        assert not any(search.TITLE in one or one in search.threes(["化妆", "妆品"]) for one in words)
        assert words == {*search.tokens(f"{TITLES[number - 1]} 检验 玩具安全标准")}
    migrate.upgrade()
    with reading() as session:
        assert _words(session) == today
        assert _found(session) == found

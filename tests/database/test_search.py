import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from opencc import OpenCC
from sqlmodel import select

from config import taxonomy
from database import search
from database.session import unit_of_work
from database.tables import Notice

TITLES = [
    "儿童化妆品安全技术规范",
    "Cosmetics for children 化學品",
    "Sécurité des jouets électriques IEC 60335-1",
    "ของเล่นเด็ก",
    "हिन्दी खिलौने",
    "игрушки и йогурт",
    "ألعاب الأطفال",
]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("化妆", [0]),
        ("化妝品", [0]),
        ("化学品", [1]),
        ("化", [0, 1]),
        ("品", [0, 1]),
        ("COSMETICS", [1]),
        ("Cosmetics", [1]),
        ("securite jouets", [2]),
        ("60335", [2]),
        ("เล่น", [3]),
        ("खिलौने", [4]),
        ("Йогурт", [5]),
        ("الأطفال", [6]),
        ("cosmetic", []),
        ("化品", []),
        ("children 玩具", []),
        ("' OR 1=1 --", []),
        ('"化妆" NEAR * ()', []),
    ],
)
def test_the_same_words_find_the_same_notices_on_both_databases(session, query, hits):
    for number, title in enumerate(TITLES):
        notice = Notice(source="x", source_id=str(number), title=title)
        session.add(notice)
        session.flush()
        search.index(session, notice)
    condition = search.matches(session, query)
    assert condition is not None
    found = session.exec(select(Notice.source_id).where(condition).order_by(Notice.id)).all()
    assert [int(n) for n in found] == hits


def test_a_new_text_replaces_the_old_one_in_the_index(session):
    notice = Notice(source="x", source_id="1", title="玩具")
    session.add(notice)
    session.flush()
    search.index(session, notice)
    notice.title = "灯具"
    search.index(session, notice)
    assert session.exec(select(Notice).where(search.matches(session, "玩具"))).all() == []
    assert session.exec(select(Notice).where(search.matches(session, "灯具"))).one() == notice


def test_words_of_the_title_can_be_told_from_others(session):
    for number, (title, words) in enumerate(
        [("儿童化妆品", "玩具"), ("玩具安全", "儿童化妆品"), ("x", "\ue000x")]
    ):
        notice = Notice(source="x", source_id=str(number), title=title, text=words)
        session.add(notice)
        session.flush()
        search.index(session, notice)

    def titled(query: str) -> list[int]:
        wanted = search.in_title(search.phrases(query))
        return list(session.execute(search.numbers_with(session, wanted)).scalars())

    ids = {int(one.source_id): one.id for one in session.exec(select(Notice))}
    assert titled("化妆品") == titled("化妆") == titled("化") == [ids[0]]
    assert titled("玩具安全") == [ids[1]]
    assert titled("X") == [ids[2]]
    assert titled("妆化品") == []
    assert len(list(session.exec(select(Notice).where(search.matches(session, "化妆品"))))) == 2


def test_a_text_of_very_many_long_words_is_kept_as_far_as_there_is_room(session):
    words = " ".join(f"{number:05}" + "я" * 59 for number in range(15_000))
    notice = Notice(source="x", source_id="1", title="玩具", text=words)
    session.add(notice)
    session.flush()
    search.index(session, notice)
    for found in ("玩具", "00001" + "я" * 59):
        assert session.exec(select(Notice).where(search.matches(session, found))).one() == notice


def test_a_query_without_a_word_is_no_condition(session):
    assert search.matches(session, " *&|!():'\" ") is None


@given(st.text(max_size=60))
@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_asked_and_stored_finds_itself_and_breaks_nothing(database, words):
    with unit_of_work() as session:
        notice = Notice(source="x", source_id="1", title=words.replace("\x00", ""))
        session.add(notice)
        session.flush()
        search.index(session, notice)
        condition = search.matches(session, words.replace("\x00", ""))
        if condition is not None:
            assert session.exec(select(Notice.id).where(condition)).all() == [notice.id]
        session.rollback()


@pytest.mark.parametrize("way", ["s2hk", "s2tw", "s2t"])
def test_chinese_words_of_the_lists_are_one_with_their_traditional_forms(way: str) -> None:
    names = [one.zh for table in (taxonomy.sectors(), taxonomy.countries()) for one in table.values()]
    names += [term for terms in taxonomy.languages()["zh"].terms.values() for term in terms]
    other = OpenCC(way)
    apart = [name for name in names if search.tokens(other.convert(name)) != search.tokens(name)]
    # Two characters that Traditional Chinese writes in one way only by context.
    assert [name for name in apart if not {*name} & {*"着坐熏背"}] == []
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in "EN 71-1 toys")
    assert search.tokens(wide) == search.tokens("EN 71-1 toys")

import datetime as dt
import re

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from api.app import create_app
from api.login import codes, forgetting, throttle
from api.login.rights import allowed
from database import types
from database.session import reading, unit_of_work
from database.tables import Audit, LoginAttempt, LoginSession, User

PASSWORD = "correct horse battery"
EVERYBODY = {None, "analyst", "official", "admin"}
STAFF = {"analyst", "official", "admin"}
REVIEW = {"analyst", "admin"}
# Who may open what; None is somebody who is not logged in. A new route needs its line here.
RIGHTS = {
    "/": EVERYBODY, "/account": STAFF, "/account/codes": STAFF, "/account/codes/off": STAFF,
    "/account/password": STAFF, "/admin": {"admin"}, "/admin/audit": {"admin"},
    "/admin/sources/{name}": {"admin"}, "/admin/suppression": {"admin"}, "/admin/users": {"admin"},
    "/admin/users/{number:int}": {"admin"}, "/coverage": STAFF, "/login": EVERYBODY, "/logout": STAFF,
    "/login/oidc": EVERYBODY, "/login/oidc/back": EVERYBODY,
    "/review": REVIEW, "/review/measures": REVIEW, "/review/measures/join": REVIEW,
    "/review/measures/part": REVIEW, "/review/measures/refuse": REVIEW, "/review/{notice_id:int}": REVIEW,
    "/review/health": REVIEW, "/review/{notice_id:int}/dossier.{suffix}": REVIEW,
    "/review/{notice_id:int}/date": REVIEW, "/review/{notice_id:int}/date/undo": REVIEW,
    "/review/{notice_id:int}/text": REVIEW, "/review/{notice_id:int}/text/approve": REVIEW,
    "/review/{notice_id:int}/text/check": REVIEW, "/risk": EVERYBODY, "/risk/brief": EVERYBODY,
    "/risk/{kind}.{suffix}": EVERYBODY, "/sources": EVERYBODY, "/subscribe": EVERYBODY,
    "/sources/{name}/refused": REVIEW,
    "/subscribe/sent": EVERYBODY, "/notices/{notice_id}": EVERYBODY, "/notices/{notice_id}.ics": EVERYBODY,
    "/mailbox": EVERYBODY, "/mailbox/{number}": EVERYBODY,
    "/confirm/{token}": EVERYBODY, "/me/{token}": EVERYBODY, "/u/{token}": EVERYBODY,
    "/u/{token}/undo": EVERYBODY, "/feeds/{token}.atom": EVERYBODY, "/calendars/{token}.ics": EVERYBODY,
    "/api/docs": EVERYBODY, "/api/openapi.json": EVERYBODY, "/healthz": EVERYBODY, "/readyz": EVERYBODY,
    "/metrics": EVERYBODY, "/api/v1/notices": EVERYBODY, "/api/v1/notices/{notice_id}": EVERYBODY,
    "/api/v1/measures/{measure_id}": EVERYBODY, "/api/v1/risk": EVERYBODY, "/api/v1/sources": EVERYBODY,
    "/api/v1/subscriptions": EVERYBODY,
    "/me/{token}/products": EVERYBODY, "/me/{token}/products.csv": EVERYBODY,
    "/me/{token}/products/firm": EVERYBODY, "/me/{token}/products/remove": EVERYBODY,
    "/me/{token}/products/upload": EVERYBODY, "/measures/{measure_id}": EVERYBODY,
    "/feeds/search.atom": EVERYBODY, "/calendars/search.ics": EVERYBODY,
    "/risk/report": EVERYBODY, "/risk/monitoring": EVERYBODY, "/account/briefs": STAFF,
    "/quality": EVERYBODY, "/api/v1/quality": EVERYBODY,
    "/feedback/{token}": EVERYBODY, "/me/{token}/{number:int}": EVERYBODY, "/me-erased": EVERYBODY,
    "/me/{token}/export.json": EVERYBODY, "/subscribe/suggest": EVERYBODY, "/subscribe/preview": EVERYBODY,
    "/me/{token}/alerts": EVERYBODY, "/me/{token}/channels": EVERYBODY,
    "/me/{token}/channels/{number:int}": EVERYBODY,
    "/warnings": REVIEW, "/warnings/{number:int}": REVIEW, "/help": STAFF, "/help/{number:int}": REVIEW,
    "/admin/mail": {"admin"}, "/admin/keys": {"admin"}, "/admin/keys/{number:int}": {"admin"},
    "/snapshots/{sha256}": EVERYBODY,
}  # fmt: skip


def routes() -> list[tuple[str, str]]:
    found = []
    pending = list(create_app().routes)
    while pending:
        one = pending.pop()
        if isinstance(one, APIRoute):
            found += [(one.path, method) for method in sorted(one.methods)]
        elif hasattr(one, "original_router"):
            pending += one.original_router.routes
        elif hasattr(one, "path") and getattr(one, "methods", None):
            found += [(one.path, "GET")]
    return found


def test_every_route_says_who_may_open_it_and_no_line_is_stale():
    assert {path for path, _ in routes()} == set(RIGHTS)


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*int\}", "1", re.sub(r"\{\w+\}", "x", path))


@pytest.mark.parametrize("role", [None, "analyst", "official", "admin"])
@pytest.mark.backends("sqlite")
def test_each_role_opens_what_it_may_and_nothing_else(role, log_in, client):
    asking = log_in(role) if role else client
    for path, method in routes():
        answer = asking.request(method, filled(path))
        sent_away = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        refused = answer.status_code == 403 or sent_away
        if role not in RIGHTS[path]:
            assert refused, (path, method, answer.status_code)
            assert sent_away == (role is None), (path, method)
        elif method == "GET":
            assert not refused, (path, method, answer.status_code)


@pytest.mark.backends("sqlite")
def test_no_form_of_logged_in_people_is_taken_without_its_mark_or_from_another_site(log_in):
    admin = log_in("admin")
    changing = [path for path, method in routes() if method == "POST" and None not in RIGHTS[path]]
    assert len(changing) > 10
    for path in changing:
        assert admin.post(filled(path)).status_code == 403, path
        assert admin.post(filled(path), data={"csrf": "0" * 64}).status_code == 403, path
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        answer = admin.post(filled(path), data={"csrf": admin.csrf}, headers=elsewhere)
        assert answer.status_code == 403, path
    with reading() as session:
        assert session.exec(select(Audit)).all() == []


def test_areas_are_matched_by_whole_words():
    assert all(allowed(path) for path in ("/review", "/review/1/text", "/admin/"))
    assert allowed("/reviewed") is None
    assert allowed("/sources") is None
    assert allowed("/sources/wto_eping/refused")
    assert allowed("//review") is None  # no route has that path either


def test_a_person_logs_in_and_out(client, add_user):
    add_user("analyst")
    answer = client.post("/login", data={"email": "Analyst@example.org", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/review")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = client.get("/review")
    assert page.status_code == 200
    kept = client.cookies["tbt_session"]
    csrf = re.search(r'name="csrf" value="(\w+)"', client.get("/account").text)[1]
    assert client.post("/logout", data={"csrf": csrf}).status_code == 303
    client.cookies.set("tbt_session", kept)
    assert client.get("/review").status_code == 303  # a stolen copy is worth nothing now


@pytest.mark.parametrize("email", ["analyst@example.org", "nobody@example.org", "", "\0"])
def test_a_wrong_password_and_an_unknown_account_look_alike(client, add_user, email):
    add_user("analyst")
    answer = client.post("/login", data={"email": email, "password": "wrong"})
    assert answer.status_code == 403
    assert "不正确" in answer.text
    assert "tbt_session" not in answer.headers.get("set-cookie", "")


def test_after_five_failures_an_account_waits_even_with_the_right_password(client, add_user, monkeypatch):
    add_user("analyst")
    for _ in range(throttle.PER_ACCOUNT):
        client.post("/login", data={"email": "analyst@example.org", "password": "wrong"})
    right = {"email": "analyst@example.org", "password": PASSWORD}
    answer = client.post("/login", data=right)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    later = types.now() + throttle.WINDOW
    monkeypatch.setattr(types, "now", lambda: later)
    assert client.post("/login", data=right).status_code == 303


@pytest.mark.parametrize("form", ["/account/password", "/account/codes", "/account/codes/off"])
@pytest.mark.backends("sqlite")
def test_a_session_left_open_is_no_place_to_guess_the_password(log_in, form):
    analyst = log_in("analyst")
    for _ in range(throttle.PER_ACCOUNT):
        assert analyst.post(form, data={"csrf": analyst.csrf, "password": "wrong"}).status_code == 422
    answer = analyst.post(form, data={"csrf": analyst.csrf, "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_old_tries_and_ended_sessions_are_forgotten(add_user, log_in):
    number, now = add_user("official"), types.now()
    log_in("analyst")
    with unit_of_work() as session:
        for days in (1, 29, 31):
            at = now - dt.timedelta(days=days)
            session.add(LoginAttempt(account_hash="a", address_hash="b", at=at))
        for token, begun, ended in (("a", 100, 89), ("b", 100, 91), ("c", 90, None), ("d", 92, None)):
            row = LoginSession(user_id=number, token_sha256=token)
            row.created_at = now - dt.timedelta(days=begun)
            row.ended_at = now - dt.timedelta(days=ended) if ended else None
            session.add(row)
    assert forgetting.tidy() == (1, 3)
    assert forgetting.tidy() == (0, 0)
    with reading() as session:
        kept = session.exec(select(LoginSession.token_sha256)).all()
        assert len(kept) == 2
        assert "c" in kept


def test_attempts_name_neither_account_nor_address(client, add_user):
    add_user("analyst")
    client.post("/login", data={"email": "analyst@example.org", "password": "wrong"})
    with reading() as session:
        [row] = session.exec(select(LoginAttempt)).all()
    assert len(row.account_hash) == len(row.address_hash) == 64
    assert not row.ok


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
def test_log_in_leads_nowhere_but_here(client, add_user, to):
    add_user("official")
    answer = client.post("/login", data={"email": "official@example.org", "password": PASSWORD, "to": to})
    assert answer.headers["location"] == "/risk"


def test_a_session_ends_by_itself_and_with_its_person(log_in, monkeypatch):
    one = log_in("analyst")
    assert one.get("/review").status_code == 200
    with unit_of_work() as session:
        session.exec(select(User)).one().disabled_at = types.now()
    assert one.get("/review").status_code == 303
    other = log_in("analyst", "other@example.org")
    later = types.now() + dt.timedelta(hours=3)
    monkeypatch.setattr(types, "now", lambda: later)
    assert other.get("/review").status_code == 303


def test_a_changed_cookie_is_nobody(log_in):
    one = log_in("analyst")
    cookie = one.cookies["tbt_session"]
    one.cookies.set("tbt_session", cookie[:-2] + "xx")
    assert one.get("/review").status_code == 303


def test_a_new_password_ends_other_sessions_and_is_asked_for(log_in, client):
    one = log_in("analyst")
    form = {"csrf": one.csrf, "password": PASSWORD, "new": "another long one", "again": "another long one"}
    assert one.post("/account/password", data={**form, "password": "wrong"}).status_code == 422
    assert one.post("/account/password", data={**form, "new": "short", "again": "short"}).status_code == 422
    client.post("/login", data={"email": "analyst@example.org", "password": PASSWORD})
    assert client.get("/review").status_code == 200
    assert one.post("/account/password", data=form).status_code == 303
    assert one.get("/review").status_code == 200
    assert client.get("/review").status_code == 303
    with reading() as session:
        assert [row.what for row in session.exec(select(Audit))] == ["password.changed"]
        assert session.exec(select(User)).one().password_hash.startswith("$argon2id$")


def code(secret: str) -> str:
    import base64

    moment = int(types.now().timestamp())
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(moment).decode()


def test_codes_are_asked_for_once_switched_on_and_each_is_good_once(log_in, client, monkeypatch):
    one = log_in("admin")
    secret = re.search(r'name="secret" value="(\w+)"', one.get("/account").text)[1]
    form = {"csrf": one.csrf, "password": PASSWORD, "secret": secret}
    again = one.post("/account/codes", data={**form, "code": "000000"})
    assert again.status_code == 422
    assert f'value="{secret}"' in again.text  # the program has scanned it by now
    for weak in ("", "AAAA", secret.lower(), secret + "="):
        assert one.post("/account/codes", data={**form, "secret": weak, "code": "000000"}).status_code == 422
    first = code(secret)
    assert one.post("/account/codes", data={**form, "code": first}).status_code == 303
    entry = {"email": "admin@example.org", "password": PASSWORD}
    assert client.post("/login", data=entry).status_code == 403
    assert client.post("/login", data={**entry, "code": first}).status_code == 403  # used already
    later = types.now() + dt.timedelta(seconds=60)
    monkeypatch.setattr(types, "now", lambda: later)
    assert client.post("/login", data={**entry, "code": code(secret)}).status_code == 303
    assert client.post("/login", data={**entry, "code": code(secret)}).status_code == 403
    assert codes.step_of(secret, "not a code") is None


def test_the_database_itself_refuses_to_change_or_remove_the_trail(database):
    with unit_of_work() as session:
        session.add(Audit(who="a@example.org", what="user.added", object="user 1"))
    for statement in ("UPDATE audit SET who = 'b'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="only grows"), unit_of_work() as session:
            session.execute(text(statement))
    with reading() as session:
        assert session.exec(select(Audit)).one().who == "a@example.org"


def test_the_token_of_a_session_is_not_in_the_database(log_in):
    one = log_in("analyst")
    token = one.cookies["tbt_session"].rpartition(".")[0]
    with reading() as session:
        assert session.exec(select(LoginSession)).one().token_sha256 != token


def test_an_administrator_adds_changes_and_disables_people_with_a_trail(log_in):
    admin = log_in("admin")
    page = admin.post(
        "/admin/users", data={"csrf": admin.csrf, "email": "New@Example.org", "role": "analyst"}
    )
    password = re.search(r"<code>([\w-]{12,})</code>", page.text)[1]
    assert password not in admin.get("/admin").text
    with TestClient(create_app(), follow_redirects=False) as fresh:
        entry = {"email": "new@example.org", "password": password}
        assert fresh.post("/login", data=entry).headers["location"] == "/review"
        with reading() as session:
            number = session.exec(select(User.id).where(User.email == "new@example.org")).one()
        admin.post(f"/admin/users/{number}", data={"csrf": admin.csrf, "act": "role", "role": "official"})
        assert fresh.get("/review").status_code == 303
        admin.post(f"/admin/users/{number}", data={"csrf": admin.csrf, "act": "disable"})
        assert fresh.post("/login", data=entry).status_code == 403
    again = admin.post("/admin/users", data={"csrf": admin.csrf, "email": "new@example.org", "role": "admin"})
    assert again.status_code == 422
    with reading() as session:
        trail = session.exec(select(Audit).order_by(Audit.id)).all()
    assert [(row.what, row.after.get("role")) for row in trail] == [
        ("user.added", "analyst"), ("user.changed", "official"), ("user.changed", "official"),
    ]  # fmt: skip
    assert "new@example.org" in admin.get("/admin/audit").text


def test_an_administrator_cannot_shut_themselves_out(log_in):
    admin = log_in("admin")
    with reading() as session:
        number = session.exec(select(User.id)).one()
    answer = admin.post(f"/admin/users/{number}", data={"csrf": admin.csrf, "act": "disable"})
    assert answer.status_code == 422
    assert admin.get("/admin").status_code == 200


def test_a_source_is_switched_off_on_and_asked_for(log_in):
    from crawlers.switches import asked, is_on
    from database.tables import Run

    admin = log_in("admin")
    with reading() as session:
        assert is_on(session, "wto_eping")
    for act, on in (("off", False), ("on", True)):
        assert (
            admin.post("/admin/sources/wto_eping", data={"csrf": admin.csrf, "act": act}).status_code == 303
        )
        with reading() as session:
            assert is_on(session, "wto_eping") is on
    admin.post("/admin/sources/wto_eping", data={"csrf": admin.csrf, "act": "run"})
    with unit_of_work() as session:
        assert list(asked(session)) == ["wto_eping"]
        session.add(Run(source="wto_eping", started_at=types.now() + dt.timedelta(seconds=1)))
    with reading() as session:
        assert asked(session) == {}
    assert admin.post("/admin/sources/nothing", data={"csrf": admin.csrf, "act": "off"}).status_code == 404


def test_a_source_has_another_schedule_until_it_has_its_own_again(log_in):
    from crawlers.form import forms
    from crawlers.switches import schedules

    admin, own = log_in("admin"), forms()["wto_eping"].schedule

    def ask(schedule: str):
        form = {"csrf": admin.csrf, "act": "schedule", "schedule": schedule}
        return admin.post("/admin/sources/wto_eping", data=form)

    assert ask(" 5  */2 * * mon-fri ").status_code == 303
    with reading() as session:
        assert schedules(session) == {"wto_eping": "5 */2 * * mon-fri"}
        [row] = session.exec(select(Audit).where(Audit.what == "source.rescheduled"))
        assert (row.before["schedule"], row.after["schedule"]) == ("", "5 */2 * * mon-fri")
    page = admin.get("/admin").text
    assert 'value="5 */2 * * mon-fri"' in page
    assert f"<code>{own}</code>" in page
    told = {one["name"]: one["schedule"] for one in admin.get("/api/v1/sources").json()["items"]}
    assert told["wto_eping"] == "5 */2 * * mon-fri"
    bad = (
        "* * * * *",
        "*/9 * * * *",
        "0 0 * * 1",
        "0 0 1 * *",
        "0 0 30 2 *",
        "0 25 * * *",
        "now",
        "<b>0 0 * * *",
    )
    for one in bad:
        answer = ask(one)
        assert answer.status_code == 422, one
        assert "<b>" not in answer.text
    assert ask("").status_code == 303
    with reading() as session:
        assert schedules(session) == {}


def test_a_key_is_made_shown_once_and_taken_back_on_the_page(log_in, client):
    from api import keys

    admin = log_in("admin")
    form = {"csrf": admin.csrf, "name": "Zhongshan <lighting>", "scope": ["read"], "per_minute": "60"}
    page = admin.post("/admin/keys", data=form).text
    key = re.search(rf"{keys.PREFIX}[\w-]+", page)[0]
    assert client.get("/api/v1/notices", headers={"X-API-Key": key}).status_code == 200
    listed = admin.get("/admin/keys").text
    assert "Zhongshan &lt;lighting&gt;" in listed
    assert key not in listed
    assert admin.post("/admin/keys", data={**form, "scope": ["all"]}).status_code == 422
    assert admin.post("/admin/keys", data={**form, "name": " "}).status_code == 422
    assert admin.post("/admin/keys/1", data={"csrf": admin.csrf}).status_code == 303
    assert admin.post("/admin/keys/1", data={"csrf": admin.csrf}).status_code == 404
    keys._known.clear()
    assert client.get("/api/v1/notices", headers={"X-API-Key": key}).status_code == 401
    with reading() as session:
        trail = session.exec(select(Audit).order_by(Audit.id)).all()
    assert [row.what for row in trail] == ["key.made", "key.revoked"]
    assert key not in "".join(row.model_dump_json() for row in trail)


def test_an_address_is_suppressed_and_released_without_being_named_in_the_trail(log_in):
    from alerts.ledger import is_suppressed

    admin = log_in("admin")
    form = {"csrf": admin.csrf, "email": "chen@toys.example.com"}
    assert admin.post("/admin/suppression", data={**form, "act": "release"}).status_code == 422
    admin.post("/admin/suppression", data={**form, "act": "suppress"})
    with reading() as session:
        assert is_suppressed(session, "chen@toys.example.com")
    admin.post("/admin/suppression", data={**form, "act": "release"})
    with reading() as session:
        assert not is_suppressed(session, "chen@toys.example.com")
        assert "chen" not in "".join(row.model_dump_json() for row in session.exec(select(Audit)))

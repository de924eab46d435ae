import asyncio
import socket
import time

import pytest
from hooks import Server
from hypothesis import given
from hypothesis import strategies as st

from alerts import calls
from alerts.calls import InvalidEndpoint, checked, is_public, post
from alerts.errors import Unreachable
from config.settings import settings

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "169.254.169.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9",
    "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2002:a00:1::", "2001:0:5ef5:79fb::1",
    "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "2001:db8::1", "100::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "203.119.1.1", "2606:4700::1111", "240e::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_is_never_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_open_internet_is(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv6_spelling_is_no_more_public_than_the_ipv4_address_in_it(ip):
    for spelling in (f"::ffff:{ip}", f"64:ff9b::{ip}", f"::{ip}"):
        assert is_public(str(ip)) or not is_public(spelling)


@pytest.mark.usefixtures("data_dir")
class TestForm:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/", "ftp://example.org/", "https://example.org:22/", "https://example.org:80/",
            "https://user@example.org/", "https://user:word@example.org/", "https://example.org/#part",
            "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://192.168.0.1:8443/",
            "https://[fe80::1%25eth0]/", "https://１２７.0.0.1/", "https:///x", "https://exam ple.org/", "",
            "https://example.org\\@127.0.0.1/", "https://example.org/\r\nX: y", "javascript:alert(1)",
            "https://example.org:99999/", "https://example.org/" + "a" * 1000, "example.org", "file:///etc/passwd",
        ],
    )  # fmt: skip
    def test_an_unsafe_address_is_refused_with_a_sentence(self, url):
        with pytest.raises(InvalidEndpoint) as caught:
            checked(url)
        assert "https" in caught.value.sentence("zh")
        assert "https" in str(caught.value)

    @pytest.mark.parametrize(
        "url", ["https://example.org/hook?a=1", "https://例子.公司/x", "https://8.8.8.8:8443/"]
    )
    def test_a_public_one_is_kept(self, url):
        assert checked(url).scheme == "https"

    @pytest.mark.parametrize("host", ["2130706433", "127.1", "0177.0.0.1", "127.0.0.1.", "0x7f.1", "0"])
    async def test_a_number_in_an_old_spelling_is_refused(self, host, monkeypatch):
        with pytest.raises(InvalidEndpoint):
            checked(f"https://{host}/")
        # and if it were not, the connection itself would be
        monkeypatch.setattr(calls, "checked", calls.URL)
        with pytest.raises(Unreachable):
            await post(f"https://{host}/", b"", {})

    @pytest.mark.parametrize("host", ["localhost", "0x7f000001"])
    async def test_a_name_or_odd_spelling_of_this_machine_is_found_out_by_looking_it_up(self, host):
        assert checked(f"https://{host}/")
        with pytest.raises(Unreachable, match="DNS"):
            await post(f"https://{host}/", b"", {})

    @pytest.mark.parametrize("inside", PRIVATE)
    async def test_a_name_that_leads_inside_is_not_called_even_if_it_leads_outside_too(
        self, inside, monkeypatch
    ):
        async def lookup(host, port):
            return [(socket.AF_INET, "93.184.216.34"), (socket.AF_INET6, inside)]

        monkeypatch.setattr(calls, "lookup", lookup)
        # the closed network of the tests would raise AssertionError if anything were connected
        with pytest.raises(Unreachable, match="DNS"):
            await post("https://rebind.example.org/", b"", {})


@pytest.fixture
def server(data_dir, monkeypatch):
    monkeypatch.setenv("TBT_CALL_LOOPBACK", "1")
    settings.cache_clear()
    one = Server()
    yield one
    one.close()


async def test_a_body_arrives_with_its_headers(server):
    answer = await post(server.url, "茶".encode(), {"X-One": "1"})
    assert (answer.status, answer.body) == (200, b"{}")
    [(path, headers, body)] = server.came
    assert (path, headers["X-One"], body) == ("/hook", "1", "茶".encode())


async def test_a_redirect_is_not_followed(server):
    server.answer = (302, b"", {"Location": "/elsewhere"})
    assert (await post(server.url, b"x", {})).status == 302
    assert [path for path, _, _ in server.came] == ["/hook"]


async def test_of_a_large_answer_only_the_beginning_is_read(server):
    server.answer = (200, b"x" * 5_000_000, {})
    assert len((await post(server.url, b"x", {})).body) == calls.MOST_REPLY


async def test_a_slow_answer_ends_at_the_limit(server, monkeypatch):
    server.slow = 4.0
    monkeypatch.setattr(calls, "SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(Unreachable):
        await post(server.url, b"x", {})
    assert time.monotonic() - start < 3.5


async def test_a_proxy_of_the_environment_is_not_asked(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert (await post(server.url, b"x", {})).status == 200


async def test_without_the_setting_this_machine_cannot_be_called(server, monkeypatch):
    monkeypatch.delenv("TBT_CALL_LOOPBACK")
    settings.cache_clear()
    with pytest.raises(Unreachable):
        await post(server.url, b"x", {})
    assert server.came == []


async def test_nobody_listening_is_unreachable(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable):
            await post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"x", {})
    await asyncio.sleep(0)

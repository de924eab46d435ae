"""A receiver of webhooks that checks their signature, and a line of a letter made by hand."""

import base64
import datetime as dt
import hashlib
import hmac
import http.server
import threading
import time
from typing import Any

from alerts.facts import Item
from alerts.level import Level

NOW = dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)


class Server:
    """A real HTTP server that answers as told and keeps what came."""

    def __init__(self) -> None:
        self.answer = (200, b"{}", {})
        self.slow = 0.0
        self.came = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.came.append((self.path, dict(self.headers.items()), body))
                status, answer, headers = outer.answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                time.sleep(outer.slow)
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *args: None
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """What a receiver does, by the text of the standard alone."""
    headers = {name.lower(): value for name, value in headers.items()}
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    mine = base64.b64encode(hmac.digest(base64.b64decode(secret[len("whsec_") :]), signed, hashlib.sha256))
    given = [one.split(",", 1) for one in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(sign.encode(), mine) for version, sign in given)


def line(title: str = "美国：家用电器——产品安全（通报）", **changes: Any) -> Item:
    fields: dict[str, Any] = {
        "level": Level("orange", 2, 9, "direct", 1, 5),
        "title": title,
        "original": [("Electric kettles", False)],
        "original_language": "en",
        "news": "新通报",
        "reasons": ["订阅“水壶”：直接相关（关键词“kettles”见于标题）"],
        "who": "美国",
        "what": "Electric kettles",
        "by_when": "2026-11-30（剩 9 天）",
        "in_force": "未注明",
        "source_url": "https://example.org/1",
        "page_url": "https://tbt.example.org/notices/1",
        "late": "",
        "deadline": dt.date(2026, 11, 30),
        "days_left": 9,
    }
    return Item(**{**fields, **changes})

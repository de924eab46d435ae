"""What the OpenAPI says is true: a client made from it alone works, and every answer has its shape."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

Make = Callable[..., int]

JSON = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}


class Made:
    """A client with a method for each operation, made from the description alone."""

    def __init__(self, http: TestClient) -> None:
        self.http, self.spec = http, http.get("/api/openapi.json").json()
        self.operations = {
            operation["operationId"]: (method, path, operation)
            for path, methods in self.spec["paths"].items()
            for method, operation in methods.items()
        }

    def find(self, path: str, method: str = "get") -> str:
        return next(
            name for name, (how, where, _) in self.operations.items() if (how, where) == (method, path)
        )

    def __call__(self, name: str, body: Any = None, **values: Any) -> Any:
        method, path, operation = self.operations[name]
        query = {}
        for parameter in operation.get("parameters", []):
            if (key := parameter["name"]) not in values:
                assert not parameter.get("required"), key
            elif parameter["in"] == "path":
                path = path.replace("{" + key + "}", str(values.pop(key)))
            elif parameter["in"] == "query":
                query[key] = values.pop(key)
        assert not values, values
        answer = self.http.request(method, path, params=query, json=body)
        said = operation["responses"][str(answer.status_code)]["content"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in said, (name, kind)
        if kind != "application/json":
            return answer.text
        faults = list(self.faults(answer.json(), said[kind]["schema"]))
        assert faults == [], faults
        return answer.json()

    def faults(self, value: Any, schema: dict[str, Any], at: str = "$") -> Iterator[str]:
        """Where a value is not as a schema says."""
        if "$ref" in schema:
            schema = self.spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if "anyOf" in schema:
            if all(list(self.faults(value, one, at)) for one in schema["anyOf"]):
                yield f"{at}: {value!r} fits none"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is not listed"
        kind = schema.get("type")
        if kind == "object":
            if not isinstance(value, dict):
                yield f"{at}: no object"
                return
            yield from (f"{at}.{name} is missing" for name in schema.get("required", []) if name not in value)
            for name, one in schema.get("properties", {}).items():
                if name in value:
                    yield from self.faults(value[name], one, f"{at}.{name}")
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{at}: no list"
                return
            for place, one in enumerate(value):
                yield from self.faults(one, schema.get("items", {}), f"{at}[{place}]")
        elif kind in JSON and (
            not isinstance(value, JSON[kind]) or (isinstance(value, bool) and kind != "boolean")
        ):
            yield f"{at}: {value!r} is no {kind}"


@pytest.mark.backends("sqlite")
def test_a_client_made_from_the_description_works(client: TestClient, make: Make) -> None:
    made, tags = Made(client), {"sectors": ["toys-children"], "markets": ["EU"], "measure_types": ["recall"]}
    number = make("Toys", tags=tags)
    make("玩具", tags=tags)
    listed = made(made.find("/api/v1/notices"), q="玩具", sector=["toys-children"], limit=1)
    assert [one["title"] for one in listed["items"]] == ["玩具"]
    assert listed["next"]
    notice = made(made.find("/api/v1/notices/{notice_id}"), notice_id=number)
    assert made(made.find("/api/v1/measures/{measure_id}"), measure_id=notice["measure_id"])["items"]
    assert "items" in made(made.find("/api/v1/risk"))
    assert made(made.find("/api/v1/sources"))["items"]
    wish = {"email": "li@example.org", "sectors": ["toys-children"]}
    assert made(made.find("/api/v1/subscriptions", "post"), wish)["detail"]
    assert made(made.find("/healthz")) == {"status": "ok"}
    assert "tbt_notices" in made(made.find("/metrics"))


@pytest.mark.backends("sqlite")
def test_every_json_answer_and_parameter_has_an_example_that_is_one(client: TestClient) -> None:
    made = Made(client)
    for name, (_, path, operation) in made.operations.items():
        for parameter in operation.get("parameters", []):
            assert "example" in parameter, (name, parameter["name"])
            assert list(made.faults(parameter["example"], parameter["schema"])) == [], parameter["name"]
        contents = [("body", operation["requestBody"]["content"])] if "requestBody" in operation else []
        contents += [
            (code, one["content"]) for code, one in operation["responses"].items() if "content" in one
        ]
        for where, content in contents:
            if (said := content.get("application/json")) is not None and said["schema"]:
                assert list(made.faults(said["example"], said["schema"])) == [], (path, where)
        if path.startswith("/api/"):
            assert operation["security"][0] == {}, path  # a key is no must


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7919*7907 }}{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "javascript:alert(1)",
    "'; DROP TABLE notice; --",
    "\u202e\u2066</title><svg onload=alert(1)>",
    "\x00\x01]]>",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_no_page_runs_what_a_publisher_or_reader_wrote(client: TestClient, make: Make, words: str) -> None:
    plain = words.replace("\x00", "")
    number = make(
        plain, text=plain, agency=plain, products=plain, url=plain, links=[{"title": plain, "url": plain}]
    )
    for address in (f"/notices/{number}", "/"):
        page = client.get(address)
        assert page.status_code == 200
        for bad in ("<script>alert", "<img src=x", "<svg onload", 'href="javascript:', "62615533"):
            assert bad not in page.text
        assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    answer = client.get("/", params={"q": words})
    assert answer.status_code in (200, 422)
    assert "<script>alert" not in answer.text
    assert "<svg onload" not in answer.text
    assert client.get("/api/v1/notices", params={"q": words}).status_code in (200, 422)


@pytest.mark.backends("sqlite")
@pytest.mark.parametrize("target", ["https://evil.example.org", "//evil.example.org", "/\\evil.example.org"])
def test_no_address_of_ours_leads_elsewhere(client: TestClient, target: str) -> None:
    for address in ("/", "/subscribe", "/risk", "/sources", "/notices/1", "/login"):
        for name in ("next", "url", "to", "lang", "return", "redirect"):
            answer = client.get(address, params={name: target})
            assert "evil" not in answer.headers.get("location", ""), (address, name)


@pytest.mark.backends("sqlite")
def test_bodies_are_bounded_whatever_they_claim_to_be(client: TestClient) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        for address in ("/api/v1/subscriptions", "/subscribe"):
            answer = client.post(address, content=b"x" * 400_000, headers={"Content-Type": kind})
            assert answer.status_code in (400, 413, 422), (kind, address, answer.status_code)

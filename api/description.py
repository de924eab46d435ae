"""What the OpenAPI says beyond the routes themselves: examples, and that a key is no must."""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.shapes import Problem

# Where the number in one answer leads: operation, its parameter, and the place of the number.
LINKS = {
    "notices_listing": ("notices_one", "notice_id", "$response.body#/items/0/id"),
    "notices_one": ("measures_one", "measure_id", "$response.body#/measure_id"),
    "measures_one": ("notices_one", "notice_id", "$response.body#/items/0/id"),
}
EXAMPLES = Path(__file__).parent / "examples.json"
JSON = "application/json"
PROBLEM = "#/components/schemas/Problem"


def name_of(route: APIRoute) -> str:
    """The name of an operation, from which clients make the names of their functions."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def describe(app: FastAPI) -> None:
    """Have the application describe itself so; made once, at the first request for it."""

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title, version=app.version, description=app.description, routes=app.routes
                )
            )
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "security" in operation:  # without a key one asks as well, less often
                operation["security"] = [{}, *operation["security"]]
            for parameter in operation.get("parameters", []):
                if parameter["name"] in examples["parameters"]:
                    parameter["example"] = examples["parameters"][parameter["name"]]
            known = examples["operations"].get(f"{method} {path}", {})
            if "body" in known:
                operation["requestBody"]["content"][JSON]["example"] = known["body"]
            if operation["operationId"] in LINKS:
                target, name, place = LINKS[operation["operationId"]]
                link = {"operationId": target, "parameters": {name: place}}
                operation["responses"]["200"]["links"] = {target: link}
            for answer in operation["responses"].values():
                if "answer" in known and "example" not in answer and JSON in answer.get("content", {}):
                    answer["content"][JSON]["example"] = known["answer"]
    return document

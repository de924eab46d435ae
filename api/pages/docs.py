"""`/api/docs`: the routes of the OpenAPI document as a page, without anybody's script."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.rendering import render

router = APIRouter()

FIRST = ("/api/v1/", "/api/v1/notices")


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"{_type(schema.get('items', {}))}[]"
    return str(schema.get("format") or schema.get("type") or "any")


def _choices(schema: dict[str, Any]) -> list[str]:
    for one in (schema, schema.get("items", {}), *schema.get("anyOf", [])):
        if "enum" in one:
            return [str(value) for value in one["enum"]]
    return []


def _route(path: str, method: str, route: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "name": one["name"],
            "place": one["in"],
            "type": _type(one["schema"]),
            "about": one.get("description") or one["schema"].get("description", ""),
            "choices": _choices(one["schema"]),
            "default": one["schema"].get("default"),
            "required": one.get("required", False),
        }
        for one in route.get("parameters", [])
    ]
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "path": path,
        "method": method.upper(),
        "about": route.get("description") or route.get("summary", ""),
        "parameters": rows,
        "body": _type(body) if body else "",
        "answers": sorted(route.get("responses", {})),
    }


@router.get("/api/docs")
def page(request: Request) -> HTMLResponse:
    """All routes, then all shapes."""
    document = request.app.openapi()
    routes = [
        _route(path, method, route)
        for path, methods in document["paths"].items()
        for method, route in methods.items()
    ]
    routes.sort(key=lambda one: [not one["path"].startswith(start) for start in FIRST])
    shapes = {
        name: [(field, _type(one)) for field, one in schema.get("properties", {}).items()]
        for name, schema in document["components"]["schemas"].items()
        if "properties" in schema
    }
    return render(request, "docs.html", routes=routes, shapes=shapes, about=document["info"]["description"])

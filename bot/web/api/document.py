"""The OpenAPI document, made of the table of addresses and of the models of their answers."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from bot.web.api.shapes import Pager, Ping, ReportEvent, ReportsEvent, Shape
from bot.web.api.table import ENDPOINTS, PAGING, Endpoint, Parameter

_REFUSED = {
    "400": "A parameter that is unknown or wrong.",
    "401": "No token, or one that is not known (any more).",
    "404": "Not there, or outside the token's subtree.",
    "429": "Too often.",
}
#: What webhooks are told, by the name of the operation.
_TOLD: Mapping[str, type[Shape]] = {"report": ReportEvent, "reports": ReportsEvent, "webhook": Ping}
_ETAG = {"ETag": {"schema": {"type": "string"}}}


@cache
def document() -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    shapes = [Pager, *(each.shape for each in ENDPOINTS), *_TOLD.values()]
    wanted = [(each, "serialization") for each in shapes]
    _, made = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chi Hội",
            "version": "1",
            "description": "Figures of one unit and all below it, to read.",
        },
        "security": [{"token": []}],
        "paths": {each.path: {"get": _operation(each)} for each in ENDPOINTS},
        "webhooks": {name: {"post": _told(name, shape)} for name, shape in _TOLD.items()},
        "components": {
            "schemas": made["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    rows = {"type": "array", "items": _ref(endpoint.shape.__name__)}
    body = {
        "type": "object",
        "properties": {"pager": _ref("Pager"), endpoint.name: rows},
        "required": ["pager", endpoint.name],
        "additionalProperties": False,
    }
    refused = {
        code: {"description": why, "content": {"text/plain": {"schema": {"type": "string"}}}}
        for code, why in _REFUSED.items()
    }
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [_parameter(each) for each in (*endpoint.parameters, *PAGING)],
        "responses": {
            "200": {
                "description": endpoint.summary,
                "headers": _ETAG,
                "content": {"application/json": {"schema": body}},
            },
            "304": {"description": "Nothing changed since If-None-Match.", "headers": _ETAG},
            **refused,
        },
    }


def _told(name: str, shape: type[Shape]) -> dict[str, Any]:
    """An event, signed as docs/api.md says; its ``type`` says which of the shape's events it is."""
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "operationId": f"told-{name}",
        "summary": (shape.__doc__ or "").splitlines()[0],
        "security": [],
        "parameters": [
            {"name": each, "in": "header", "required": True, "schema": {"type": "string"}} for each in headers
        ],
        "requestBody": {"content": {"application/json": {"schema": _ref(shape.__name__)}}},
        "responses": {"2XX": {"description": "Taken."}},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = {"type": "array", "items": parameter.schema} if parameter.many else parameter.schema
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "required": False,
        "schema": schema,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}

"""GitHub's own descriptions as the judge of every request and of every answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graphql import GraphQLError, GraphQLSchema, build_schema, parse, validate
from jsonschema.exceptions import ValidationError
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.exceptions import PathError
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict

from tests.github import rules

DESCRIPTIONS = Path(__file__).parent / "descriptions"
_LONG = 400  # a message may quote the whole body

# Where GitHub takes or gives what its description does not have: operation, what the judge says, why it is let pass.
# Looked at on 2026-11-22; each is worth a look when the descriptions are renewed.
LAX = (
    ("issues/add-labels", "is not valid under any of the given schemas", "a bare array of names: its prose has that"),
    ("issues/set-labels", "is not valid under any of the given schemas", "the same"),
    ("pulls/get", "head/repo: None", "null where the fork is gone, as the list of pull requests has it"),
    ("pulls/update", "head/repo: None", "the same"),
    ("pulls/list-review-comments", "line: None", "null where the comment is outdated"),
    ("pulls/update-review-comment", "line: None", "the same"),
)

# Answers that may come from any operation and that few of them list: no credentials, too few rights, hidden, too many
# requests, server down. Their body is the basic error of the description.
ANYWHERE = frozenset((400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504))


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    template: str


@cache
def document() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads((DESCRIPTIONS / "openapi.json").read_text(encoding="utf-8"))
    return loaded


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(
        Operation(one["operationId"], method.upper(), template)
        for template, item in document()["paths"].items()
        for method, one in item.items()
    )


@cache
def schema() -> GraphQLSchema:
    return build_schema((DESCRIPTIONS / "schema.graphql").read_text(encoding="utf-8"), no_location=True)


@cache
def _openapi() -> OpenAPI:
    # Judging the judge itself takes 20 s for GitHub's description, and is not what tests are about.
    whole = {**document(), "servers": [{"url": "/"}]}
    return OpenAPI.from_dict(whole, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]


@dataclass(slots=True)
class _Asked:
    """A request in openapi-core's words."""

    method: str
    path: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters
    host_url: str = "http://github.example"


@dataclass(slots=True)
class _Answered:
    status_code: int
    data: bytes
    content_type: str = "application/json"
    headers: Headers = field(default_factory=Headers)


def _asked(
    operation: Operation, values: Mapping[str, str], query: MultiDict[str, str], body: bytes, content_type: str
) -> _Asked:
    # A ref has slashes, and a path of the description matches no value with one.
    path = operation.template.format_map({name: quote(value, safe="") for name, value in values.items()})
    parameters = RequestParameters(query=ImmutableMultiDict(query))
    return _Asked(operation.method.lower(), path, body or None, content_type.lower(), parameters)


def of_request(
    operation: Operation, values: Mapping[str, str], query: MultiDict[str, str], body: bytes, content_type: str
) -> list[str]:
    """What the description says against the request."""
    asked = _asked(operation, values, query, body, content_type)
    found = [*_said(operation, _openapi().iter_request_errors(asked))]
    one = document()["paths"][operation.template][operation.method.lower()]
    found += (f"{operation.name}: {name!r} is no parameter of it" for name in sorted({*query} - _parameters(one)))
    if body and "requestBody" not in one:
        found.append(f"{operation.name} takes no body")
    return found


def _parameters(one: Mapping[str, Any]) -> set[str]:
    known = document()["components"]["parameters"]
    listed = (known[each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each for each in one.get("parameters", ()))
    return {each["name"] for each in listed if each["in"] == "query"}


def of_answer(operation: Operation, values: Mapping[str, str], status: int, body: bytes) -> list[str]:
    """What the description says against the answer."""
    responses = document()["paths"][operation.template][operation.method.lower()]["responses"]
    if str(status) not in responses:
        return [] if status in ANYWHERE else [f"{operation.name} answers no {status}"]
    if not responses[str(status)].get("content") and "$ref" not in responses[str(status)]:
        # Some refusals have no body in the description, and GitHub gives all of them one.
        return [f"{operation.name} answers {status} without a body"] if body and status < 400 else []
    asked = _asked(operation, values, MultiDict(), b"", "application/json")
    return _said(operation, _openapi().iter_response_errors(asked, _Answered(status, body)))


def _said(operation: Operation, errors: Iterator[Exception]) -> list[str]:
    found = []
    for error in errors:
        if isinstance(error, PathError):
            found.append(f"{operation.name}: {error}")
            continue
        causes = getattr(error.__cause__, "schema_errors", None) or getattr(error, "schema_errors", None)
        told = (one for one in causes or () if not _null_of_enum(one))
        said = [f"{'/'.join(map(str, one.absolute_path))}: {_words(one)}" for one in told]
        if causes and not said:
            continue
        found += (f"{operation.name}: {one}" for one in said or [f"{error} {error.__cause__ or ''}".strip()])
    return [one for one in found if not any(one.startswith(f"{name}: ") and said in one for name, said, _ in LAX)]


def _null_of_enum(error: ValidationError) -> bool:
    """OpenAPI 3.0 wants null among an enum's values even where it is nullable. GitHub's description never has it."""
    nullable = isinstance(error.schema, Mapping) and error.schema.get("nullable", False)
    return error.validator == "enum" and error.instance is None and nullable


def _words(error: ValidationError) -> str:
    """GitHub's own where they are known."""
    instance: Any = error.instance
    limit: Any = error.validator_value
    match error.validator:
        case "maxItems":
            return rules.too_many(limit, len(instance))
        case "maxLength":
            return rules.too_long(limit, len(instance))
    return error.message if len(error.message) < _LONG else f"{error.message[:_LONG]}..."


def of_query(text: str) -> list[GraphQLError]:
    """What the schema says against a GraphQL document."""
    try:
        parsed = parse(text)
    except GraphQLError as error:
        return [error]
    return validate(schema(), parsed)

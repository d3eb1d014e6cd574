"""Makes tests/github/descriptions from GitHub's own descriptions of its interfaces, as Octokit publishes them on npm.

`npm pack @octokit/openapi @octokit/graphql-schema`, unpack both, then
`python -m tools.trim_github_descriptions OPENAPI_PACKAGE GRAPHQL_PACKAGE`; the same packages give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    UnionTypeDefinitionNode,
    assert_valid_schema,
    build_ast_schema,
    parse,
    print_ast,
)

DESCRIPTIONS = Path(__file__).resolve().parent.parent / "tests" / "github" / "descriptions"

_OPERATIONS = {
    "checks": "create get list-annotations list-for-ref update",
    "git": (
        "create-blob create-commit create-ref create-tree delete-ref get-blob get-commit get-ref get-tree "
        "list-matching-refs update-ref"
    ),
    "issues": (
        "add-assignees add-labels create-comment delete-comment get list-comments list-labels-on-issue "
        "remove-label set-labels update update-comment"
    ),
    "pulls": (
        "create create-review create-review-comment delete-review-comment dismiss-review get list "
        "list-commits list-files list-requested-reviewers list-review-comments list-reviews "
        "remove-requested-reviewers request-reviewers update update-review update-review-comment"
    ),
    "rate-limit": "get",
    "repos": (
        "compare-commits-with-basehead get get-branch get-commit get-content list-commits "
        "list-pull-requests-associated-with-commit"
    ),
    "users": "get-authenticated get-by-username",
}
OPERATIONS = frozenset(f"{group}/{name}" for group, names in _OPERATIONS.items() for name in names.split())

# Of these types every field that is a scalar or an enum stays, and of the others those that are named here.
GRAPHQL = {
    "Query": "id node rateLimit repository viewer",
    "Mutation": "minimizeComment resolveReviewThread unresolveReviewThread updateRefs",
    "Actor": "",
    "Bot": "",
    "GitActor": "user",
    "GitObject": "repository",
    "GitSignature": "",
    "MinimizeCommentPayload": "minimizedComment",
    "Minimizable": "",
    "Node": "",
    "PageInfo": "",
    "PullRequest": "author baseRef baseRepository headRef headRepository repository reviewThreads",
    "PullRequestReviewComment": "author originalCommit commit pullRequest repository",
    "PullRequestReviewCommentConnection": "nodes pageInfo",
    "PullRequestReviewThread": "comments pullRequest repository resolvedBy",
    "PullRequestReviewThreadConnection": "nodes pageInfo",
    "RateLimit": "",
    "Ref": "repository target",
    "Repository": "defaultBranchRef object owner parent pullRequest ref",
    "RepositoryOwner": "",
    "ResolveReviewThreadPayload": "thread",
    "UnresolveReviewThreadPayload": "thread",
    "UpdateRefsPayload": "",
    "Commit": "author committer repository signature tree",
    "Tree": "repository",
    "User": "",
    "Organization": "",
}

# What neither judges nor is read by anybody.
_PROSE = frozenset(("example", "examples", "externalDocs", "summary", "tags", "x-github", "x-multi-segment", "title"))
_METHODS = frozenset(("get", "post", "put", "patch", "delete"))


# --- REST -----------------------------------------------------------------------


def openapi(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The operations in use, and all that they reference."""
    paths: dict[str, Any] = {}
    for path, item in whole["paths"].items():
        kept = {method: one for method, one in item.items() if method in _METHODS and one["operationId"] in OPERATIONS}
        if kept:
            paths[path] = _without_prose(kept)
    found = {one["operationId"] for item in paths.values() for one in item.values()}
    if found != OPERATIONS:
        raise SystemExit(f"not in the description: {', '.join(sorted(OPERATIONS - found))}")
    components: dict[str, dict[str, Any]] = {}
    queue = list(_references(paths))
    while queue:
        _, _, kind, name = queue.pop().split("/")
        if name not in components.setdefault(kind, {}):
            # Headers and responses have examples only as a reference to prose.
            components[kind][name] = _without_prose(whole["components"][kind][name])
            queue += _references(components[kind][name])
    return {"openapi": whole["openapi"], "info": whole["info"], "paths": paths, "components": components}


def _without_prose(node: Any, *, names: bool = False) -> Any:
    """`names`: the keys are names that GitHub gave, of properties for example, and none of them is prose."""
    if isinstance(node, list):
        return [_without_prose(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        if not names and (key in _PROSE or (key == "description" and not _is_response(node))):
            continue
        kept[key] = _without_prose(value, names=not names and key in ("properties", "headers", "responses", "content"))
    return kept


def _is_response(node: Mapping[str, Any]) -> bool:
    """OpenAPI 3.0 obliges a response, and nothing else, to have a description."""
    return not {"type", "schema", "name", "in", "allOf", "anyOf", "oneOf", "$ref", "required"} & node.keys()


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _references(one)
    elif isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference
        for value in node.values():
            yield from _references(value)


# --- GraphQL --------------------------------------------------------------------


def graphql(whole: str) -> str:
    """The types in use with the fields in use, and whatever these name."""
    definitions = {one.name.value: one for one in _types(parse(whole, no_location=True).definitions)}
    kept: dict[str, TypeDefinitionNode] = {}
    queue: list[str] = []
    for name, fields in GRAPHQL.items():
        slim, needed = _slim(definitions, name, frozenset(fields.split()))
        kept[name] = slim
        queue += needed
    while queue:
        name = queue.pop()
        if name in kept or name not in definitions:  # String and the like are in every schema
            continue
        one = definitions[name]
        kept[name] = _bare(one)
        if isinstance(one, InputObjectTypeDefinitionNode):
            queue += (_named(field.type) for field in one.fields or ())
    document = DocumentNode(definitions=tuple(kept[name] for name in sorted(kept)))
    assert_valid_schema(build_ast_schema(document))
    return print_ast(document) + "\n"


def _types(definitions: tuple[DefinitionNode, ...]) -> Iterator[TypeDefinitionNode]:
    yield from (one for one in definitions if isinstance(one, TypeDefinitionNode))


def _slim(
    definitions: Mapping[str, TypeDefinitionNode], name: str, wanted: frozenset[str]
) -> tuple[TypeDefinitionNode, list[str]]:
    one = definitions[name]
    assert isinstance(one, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode), name
    fields = [field for field in one.fields or () if field.name.value in wanted or _plain(definitions, field, name)]
    if missing := wanted - {field.name.value for field in fields}:
        raise SystemExit(f"{name} has no field {', '.join(sorted(missing))}")
    needed = [_named(field.type) for field in fields]
    needed += (_named(argument.type) for field in fields for argument in field.arguments or ())
    interfaces = tuple(face for face in one.interfaces or () if face.name.value in GRAPHQL)
    slim = type(one)(name=one.name, interfaces=interfaces, fields=tuple(_bare_field(field) for field in fields))
    return slim, [each for each in needed if each not in GRAPHQL]


def _plain(definitions: Mapping[str, TypeDefinitionNode], field: FieldDefinitionNode, owner: str) -> bool:
    if owner in ("Query", "Mutation") or field.arguments:
        return False
    kind = definitions.get(_named(field.type))
    return kind is None or isinstance(kind, ScalarTypeDefinitionNode | EnumTypeDefinitionNode)


def _named(node: Any) -> str:
    while not isinstance(node, NamedTypeNode):
        node = node.type
    return node.name.value


def _bare(one: TypeDefinitionNode) -> TypeDefinitionNode:
    match one:
        case ScalarTypeDefinitionNode():
            return ScalarTypeDefinitionNode(name=one.name)
        case EnumTypeDefinitionNode():
            values = tuple(type(value)(name=value.name) for value in one.values or ())
            return EnumTypeDefinitionNode(name=one.name, values=values)
        case InputObjectTypeDefinitionNode():
            return InputObjectTypeDefinitionNode(name=one.name, fields=tuple(map(_bare_input, one.fields or ())))
        case UnionTypeDefinitionNode():
            members = tuple(member for member in one.types or () if member.name.value in GRAPHQL)
            return UnionTypeDefinitionNode(name=one.name, types=members)
    raise SystemExit(f"{one.name.value} is reached but not named in GRAPHQL")


def _bare_field(field: FieldDefinitionNode) -> FieldDefinitionNode:
    arguments = tuple(map(_bare_input, field.arguments or ()))
    return FieldDefinitionNode(name=field.name, arguments=arguments, type=field.type)


def _bare_input(value: InputValueDefinitionNode) -> InputValueDefinitionNode:
    return InputValueDefinitionNode(name=value.name, type=value.type, default_value=value.default_value)


# --- the files ------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("openapi", type=Path, help="the unpacked package @octokit/openapi")
    parser.add_argument("graphql", type=Path, help="the unpacked package @octokit/graphql-schema")
    parser.add_argument("--to", type=Path, default=DESCRIPTIONS)
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    whole = json.loads((options.openapi / "generated" / "api.github.com.json").read_text(encoding="utf-8"))
    text = json.dumps(openapi(whole), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    (options.to / "openapi.json").write_text(text + "\n", encoding="utf-8")
    schema = (options.graphql / "schema.graphql").read_text(encoding="utf-8")
    (options.to / "schema.graphql").write_text(graphql(schema), encoding="utf-8")
    shutil.copyfile(options.openapi / "LICENSE", options.to / "LICENSE.openapi")
    shutil.copyfile(options.graphql / "LICENSE.md", options.to / "LICENSE.graphql-schema")
    versions = {}
    for package in (options.openapi, options.graphql):
        manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
        versions[manifest["name"]] = manifest["version"]
    (options.to / "versions.json").write_text(json.dumps(versions, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

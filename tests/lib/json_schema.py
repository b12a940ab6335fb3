# SPDX-License-Identifier: MIT
"""A small part of JSON Schema 2020-12, enough for report.schema.json: no package is needed to check a report."""

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}

KNOWN = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "const", "properties", "required",
    "additionalProperties", "items", "minimum", "pattern", "oneOf", "propertyNames",
}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def errors(value, schema, root, where="$"):
    """Yields a sentence for each place where the value is not what the schema says."""
    import re

    unknown = set(schema) - KNOWN
    if unknown:
        yield f"{where}: the schema uses {sorted(unknown)}, which this checker does not know"
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from errors(value, target, root, where)
    if "oneOf" in schema:
        fitting = [s for s in schema["oneOf"] if not list(errors(value, s, root, where))]
        if len(fitting) != 1:
            yield f"{where}: {value!r} fits {len(fitting)} of oneOf"
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_type(value, name) for name in names):
            yield f"{where}: {value!r} is not {' or '.join(names)}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: {value!r} is not {schema['const']!r}"
    if "minimum" in schema and is_type(value, "number") and value < schema["minimum"]:
        yield f"{where}: {value!r} is less than {schema['minimum']}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, dict):
        yield from object_errors(value, schema, root, where)
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from errors(item, schema["items"], root, f"{where}[{i}]")


def object_errors(value, schema, root, where):
    properties = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in value:
            yield f"{where}: {key} is missing"
    for key, item in value.items():
        if "propertyNames" in schema:
            yield from errors(key, schema["propertyNames"], root, f"{where} (key)")
        if key in properties:
            yield from errors(item, properties[key], root, f"{where}.{key}")
        elif schema.get("additionalProperties") is False:
            yield f"{where}: unexpected {key}"
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from errors(item, schema["additionalProperties"], root, f"{where}.{key}")

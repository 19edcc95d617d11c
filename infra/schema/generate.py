#!/usr/bin/env python3
"""Writes the AWS provider's schema as a JSON Schema for *.tf.json files: only the types that the ways use.

    infra/schema/generate.py [--check] PLUGIN_DIR VERSION [FOLDER...]

PLUGIN_DIR is a folder for `terraform init -plugin-dir` that holds the provider; FOLDERs hold WAY.tf.json files
(without any: infra/rendered). Written is infra/schema/aws-VERSION.json, a type on a line, with the types that an earlier
one had: to forget a type, delete the file first. With --check nothing is written: it ends with 1 where the file differs.
LAB_TERRAFORM names the program, else `terraform`.

One version is kept, the newest that could be had. The flake's check `terraform-valid` asks the provider that the flake
pins; where Terraform and a provider are installed, the tests ask that one.

What Terraform's own schema says is kept: arguments and their types, what is required, blocks and how many.
Deprecated arguments are left out, so that a configuration that uses one is refused. It must add nothing of
its own: what only a person knows is for checkov and for the tests.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = "registry.terraform.io/hashicorp/aws"
BUILTIN = "terraform.io/builtin/terraform"

# Terraform converts between strings, numbers and booleans; `${` or `%{` makes a string a template of any type.
TEMPLATE = {"type": "string", "pattern": r"[$%]\{"}
DEFINITIONS = {
    "template": TEMPLATE,
    "string": {"type": ["string", "number", "boolean"]},
    "number": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9.]+$|[$%]\{"}]},
    "bool": {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": r"^(true|false)$|[$%]\{"}]},
    "dynamic": {},
    # Known only after it is made: may be read, not written.
    "computed": {"not": {}, "readOnly": True},
}
PRIMITIVE = ("string", "number", "bool")
META = {
    "count": {"$ref": "#/$defs/number"},
    "for_each": {"type": ["object", "string"], "pattern": r"[$%]\{"},
    "depends_on": {"type": "array", "items": {"type": "string"}},
    "provider": {"type": "string"},
}
LIFECYCLE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "create_before_destroy": {"type": "boolean"},
        "prevent_destroy": {"type": "boolean"},
        "ignore_changes": {"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "string"}}]},
        "replace_triggered_by": {"type": "array", "items": {"type": "string"}},
        "precondition": {"$ref": "#/$defs/conditions"},
        "postcondition": {"$ref": "#/$defs/conditions"},
    },
}
CONDITION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["condition", "error_message"],
    "properties": {"condition": {"$ref": "#/$defs/bool"}, "error_message": {"type": "string"}},
}


def either(kind, then, otherwise):
    """One schema for values of a JSON type, another for the rest: clearer when refused than `anyOf`."""
    return {"if": {"type": kind}, "then": then, "else": otherwise}


def value(kind):
    """The schema of a value of a cty type: a word, or [word, of what]."""
    if isinstance(kind, str):
        return {"$ref": f"#/$defs/{kind}"}
    word, of = kind
    if isinstance(of, str):
        return {"$ref": f"#/$defs/{word}-of-{of}"}
    return collection(word, of)


def collection(word, of):
    """The schema of a list, set, map or object of something; or of a template that becomes one."""
    if word in ("list", "set"):
        whole = {"type": "array", "items": value(of)}
    elif word == "map":
        whole = {"type": "object", "additionalProperties": value(of)}
    elif word == "object":
        # In JSON every attribute of an object has to be given, if only as null.
        properties = {name: either("null", True, value(of[name])) for name in of}
        whole = {"type": "object", "additionalProperties": False, "required": sorted(of), "properties": properties}
    else:
        raise ValueError(f"a type that this script does not know: {word}")
    return either("string", {"$ref": "#/$defs/template"}, whole)


def nested(attribute):
    """The schema of an attribute that is made of attributes."""
    one = block({"attributes": attribute["attributes"]}, {}, None, {})
    mode = attribute["nesting_mode"]
    if mode == "map":
        one = {"type": "object", "additionalProperties": one}
    elif mode != "single":
        one = {"type": "array", "items": one}
    return either("string", {"$ref": "#/$defs/template"}, one)


def blocks(kind, path, definitions):
    """The schema of a nested block: one, or a list of them."""
    definitions[path] = block(kind["block"], {}, path, definitions)
    one = {"$ref": f"#/$defs/{path}"}
    if kind["nesting_mode"] in ("single", "group"):
        return one
    if kind["nesting_mode"] == "map":
        return {"type": "object", "additionalProperties": one}
    least, most = kind.get("min_items", 0), kind.get("max_items", 0)
    many = {"items": one, "type": "array"}
    if least:
        many["minItems"] = least
    if most:
        many["maxItems"] = most
    # A single one may stand without its list, where one is enough.
    return either("object", one, many) if least <= 1 else many


def block(schema, meta, path, definitions):
    """The schema of a block's body, `meta` being what Terraform itself allows there.

    The blocks in it become `definitions`, called by their `path`.
    """
    properties, required = dict(meta), []
    for name, attribute in schema.get("attributes", {}).items():
        if attribute.get("deprecated"):
            continue
        if not (attribute.get("optional") or attribute.get("required")):
            properties[name] = {"$ref": "#/$defs/computed"}
            continue
        properties[name] = nested(attribute["nested_type"]) if "nested_type" in attribute else value(attribute["type"])
        if attribute.get("required"):
            required.append(name)
    for name, kind in schema.get("block_types", {}).items():
        if kind["block"].get("deprecated"):
            continue
        properties[name] = blocks(kind, f"{path}.{name}", definitions)
        if kind.get("min_items"):
            required.append(name)
    whole = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**whole, "required": sorted(required)} if required else whole


def types(schemas, used, meta, kind, definitions):
    """The schemas of `resource` or `data`: { TYPE = { NAME = body } }."""
    unknown = sorted(set(used) - set(schemas))
    if unknown:
        sys.exit(f"not in this version of the provider: {', '.join(unknown)}")
    bodies = {name: block(schemas[name]["block"], meta, f"{kind}.{name}", definitions) for name in sorted(used)}
    named = {name: {"type": "object", "additionalProperties": body} for name, body in bodies.items()}
    return {"type": "object", "additionalProperties": False, "properties": named}


def document(version, providers, used):
    """The whole: a JSON Schema of a *.tf.json file."""
    aws, builtin = providers[SOURCE], providers.get(BUILTIN, {})
    lifecycle = {**META, "lifecycle": {"$ref": "#/$defs/lifecycle"}}
    managed = {**lifecycle, "provisioner": {"type": ["object", "array"]}, "connection": {"type": "object"}}
    text, flag = {"type": "string"}, {"type": "boolean"}
    variable = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "type": text,
            "description": text,
            "default": {},
            "nullable": flag,
            "sensitive": flag,
            "validation": {"$ref": "#/$defs/conditions"},
        },
    }
    output = {
        "type": "object",
        "additionalProperties": False,
        "required": ["value"],
        "properties": {
            "value": {},
            "description": text,
            "sensitive": flag,
            "depends_on": META["depends_on"],
            "precondition": {"$ref": "#/$defs/conditions"},
        },
    }
    simple = {f"{word}-of-{of}": collection(word, of) for word in ("list", "set", "map") for of in PRIMITIVE}
    conditions = either("object", CONDITION, {"type": "array", "items": CONDITION})
    definitions = {**DEFINITIONS, **simple, "conditions": conditions, "lifecycle": LIFECYCLE}
    # A way calls AWS: it names no endpoints, and the list of them is a fifth of the whole.
    del aws["provider"]["block"]["block_types"]["endpoints"]
    one_provider = block(aws["provider"]["block"], {"alias": text}, "provider", definitions)
    data = types(aws["data_source_schemas"], used["data"], lifecycle, "data", definitions)
    schemas = {**builtin.get("resource_schemas", {}), **aws["resource_schemas"]}
    resource = types(schemas, used["resource"], managed, "resource", definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Terraform configurations for hashicorp/aws {version}",
        "description": "Written by generate.py from `terraform providers schema -json`: the types that the ways use.",
        "provider_version": version,
        "$defs": definitions,
        "type": "object",
        "additionalProperties": False,
        "required": ["terraform", "provider"],
        "properties": {
            "terraform": {"type": "object"},
            "provider": {
                "type": "object",
                "additionalProperties": False,
                "required": ["aws"],
                "properties": {"aws": one_provider},
            },
            "variable": {"type": "object", "additionalProperties": variable},
            "locals": {"type": "object"},
            "output": {"type": "object", "additionalProperties": output},
            "data": data,
            "resource": resource,
        },
    }


def lines(value, depth):
    """The JSON of a value, to a depth with a member on a line, and the rest of each on that line."""
    if not depth or not isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"), sort_keys=True)
    members = (f"{json.dumps(name)}: {lines(value[name], depth - 1)}" for name in sorted(value))
    return "{\n" + ",\n".join(members) + "\n}"


def text_of(schema):
    """The file: definitions and types each on a line of their own."""
    kinds = {name: "@" + name for name in ("data", "resource")}
    parts = {
        **{mark: lines(schema["properties"][name]["properties"], 1) for name, mark in kinds.items()},
        "@defs": lines(schema["$defs"], 1),
    }
    frame = json.loads(json.dumps(schema))
    frame["$defs"] = "@defs"
    for name, mark in kinds.items():
        frame["properties"][name]["properties"] = mark
    text = lines(frame, 2)
    for mark, part in parts.items():
        text = text.replace(json.dumps(mark), part)
    return text + "\n"


def used_types(folders, earlier):
    """The types of resources and data that the configurations in some folders use, or an earlier schema had."""
    files = [path for folder in folders for path in sorted(Path(folder).glob("*.tf.json"))]
    if not files:
        sys.exit(f"no *.tf.json in {', '.join(map(str, folders))}")
    configurations = [json.loads(path.read_text()) for path in files]
    used = {kind: {name for one in configurations for name in one.get(kind, {})} for kind in ("resource", "data")}
    if earlier.exists():
        known = json.loads(earlier.read_text())["properties"]
        used = {kind: names | set(known[kind]["properties"]) for kind, names in used.items()}
    return used


def provider_schemas(plugins, version):
    """What `terraform providers schema` prints of the provider and of Terraform's own resources."""
    terraform = os.environ.get("LAB_TERRAFORM", "terraform")
    environment = {name: text for name, text in os.environ.items() if name != "TF_CLI_CONFIG_FILE"}
    with tempfile.TemporaryDirectory() as folder:
        required = {"aws": {"source": "hashicorp/aws", "version": version}}
        main = {"terraform": {"required_providers": required}, "resource": {"terraform_data": {"one": {}}}}
        Path(folder, "main.tf.json").write_text(json.dumps(main))
        command = [terraform, f"-chdir={folder}"]
        subprocess.run([*command, "init", f"-plugin-dir={plugins}"], check=True, env=environment, stdout=sys.stderr)
        shown = subprocess.run([*command, "providers", "schema", "-json"], check=True, env=environment, stdout=-1)
    return json.loads(shown.stdout)["provider_schemas"]


def main():
    """Reads the command line and writes the file."""
    check, arguments = "--check" in sys.argv, [one for one in sys.argv[1:] if one != "--check"]
    if len(arguments) < 2:
        sys.exit("usage: generate.py [--check] PLUGIN_DIR VERSION [FOLDER...]")
    plugins, version, folders = Path(arguments[0]).resolve(), arguments[1], arguments[2:]
    target = HERE / f"aws-{version}.json"
    used = used_types(folders or [HERE.parent / "rendered"], target)
    schema = document(version, provider_schemas(plugins, version), used)
    text = text_of(schema)
    if check:
        if not target.exists() or target.read_text() != text:
            sys.exit(f"{target} is not the provider's schema: run {Path(__file__).name} without --check")
        return
    target.write_text(text)
    print(f"{target}: {sum(map(len, used.values()))} types")


if __name__ == "__main__":
    main()

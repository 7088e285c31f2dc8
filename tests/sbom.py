#!/usr/bin/env python3
"""The bill of materials of `tacho`: CycloneDX 1.5 JSON on standard output.

    tests/sbom.py [--target TRIPLE] [--binary FILE]
    tests/sbom.py --check

What is linked into the program or runs while it is built, with licences and the
checksums of Cargo.lock. The same checkout gives the same bytes: there is no time
and no random number in it. docs/sbom.md says what it does and does not tell.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "tachograph-cli"
REGISTRY = "registry+"


def host():
    """The triple that rustc builds for."""
    said = subprocess.run(["rustc", "-vV"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return next(line.split()[1] for line in said.stdout.splitlines() if line.startswith("host:"))


def metadata(target):
    """What cargo resolves from the lock file, for one target."""
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", target]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(said.stdout)


def checksums():
    """SHA-256 by name and version, as Cargo.lock has them."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}


def reached(data, start):
    """Package ids that the program is made of: their direct needs, sorted."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    needs, waiting = {}, [start]
    while waiting:
        one = waiting.pop()
        if one in needs:
            continue
        # Of a dependency, tests are never built.
        kinds = lambda dep: {kind["kind"] for kind in dep["dep_kinds"]}
        needs[one] = sorted(dep["pkg"] for dep in nodes[one]["deps"] if kinds(dep) - {"dev"})
        waiting.extend(needs[one])
    return needs


def reference(package):
    """The package URL; it says where a package comes from, and never a path."""
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, sums):
    """One package as CycloneDX has it."""
    foreign = (package["source"] or "").startswith(REGISTRY)
    about = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "scope": "required",
    }
    if package["license"]:
        # `/` is how some old crates write OR.
        expression = package["license"].replace(" / ", "/").replace("/", " OR ")
        about["licenses"] = [{"expression": expression}]
    if foreign:
        checksum = sums[package["name"], package["version"]]
        about["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        about["purl"] = reference(package)
        if package["repository"]:
            about["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return about


def document(target, binary=None):
    """The whole bill."""
    data = metadata(target)
    packages = {package["id"]: package for package in data["packages"]}
    start = next(p["id"] for p in packages.values() if p["name"] == PROGRAM and not p["source"])
    needs, sums = reached(data, start), checksums()
    top = {
        "type": "application",
        "bom-ref": reference(packages[start]),
        "name": "tacho",
        "version": packages[start]["version"],
        "licenses": [{"expression": packages[start]["license"]}],
        "properties": [{"name": "target", "value": target}],
    }
    if binary:
        digest = hashlib.sha256(Path(binary).read_bytes()).hexdigest()
        top["hashes"] = [{"alg": "SHA-256", "content": digest}]
    parts = [component(packages[one], sums) for one in needs if one != start]
    edges = [
        {"ref": reference(packages[one]), "dependsOn": sorted(reference(packages[d]) for d in deps)}
        for one, deps in needs.items()
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": top},
        "components": sorted(parts, key=lambda part: part["bom-ref"]),
        "dependencies": sorted(edges, key=lambda edge: edge["ref"]),
    }


def text(bill):
    return json.dumps(bill, indent=1, sort_keys=True) + "\n"


def permitted(expression, allowed):
    """Whether a licence expression can be met with the allowed licences alone."""
    words = expression.replace("(", " ( ").replace(")", " ) ").split()

    def either():
        met = both()
        while words and words[0] == "OR":
            words.pop(0)
            met = both() or met
        return met

    def both():
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            met = one() and met
        return met

    def one():
        if words[0] == "(":
            words.pop(0)
            met = either()
            words.pop(0)
            return met
        name = words.pop(0)
        if words and words[0] == "WITH":
            name += " ".join(["", words.pop(0), words.pop(0)])
        return name in allowed

    return either()


def check(target):
    """Fails unless the bill is whole, permitted by deny.toml, and the same twice."""
    bill = document(target)
    assert text(bill) == text(document(target)), "two bills of one checkout differ"
    assert str(Path.home()) not in text(bill) and str(ROOT) not in text(bill), "a path is in it"
    names = [part["name"] for part in bill["components"]]
    for expected in ["tachograph-session", "wasmtime", "rustls", "minisign"]:
        assert expected in names, f"{expected} is missing"
    for tests_only in ["proptest", "insta", "criterion", "minisign-verify"]:
        assert tests_only not in names, f"{tests_only} is only for tests"
    references = [part["bom-ref"] for part in bill["components"]]
    assert len(references) == len(set(references)), "a package is listed twice"
    known = set(references) | {bill["metadata"]["component"]["bom-ref"]}
    allowed = tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]["allow"]
    assert not permitted("MIT AND (GPL-3.0-only OR Nonsense)", allowed)
    for part in bill["components"]:
        assert part.get("licenses"), f"{part['bom-ref']} has no licence"
        expression = part["licenses"][0]["expression"]
        assert permitted(expression, allowed), f"{part['bom-ref']}: {expression} is not allowed"
        assert "hashes" in part or part["name"].startswith("tachograph-"), part["bom-ref"]
    for edge in bill["dependencies"]:
        assert known.issuperset(edge["dependsOn"]), edge
    print(f"{len(references)} packages: licences allowed, checksums of all from elsewhere")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", help="the triple that is built for; this machine's if not given")
    parser.add_argument("--binary", help="the built program, whose SHA-256 goes into the bill")
    parser.add_argument("--check", action="store_true", help="check the bill and print no document")
    args = parser.parse_args()
    target = args.target or host()
    if args.check:
        check(target)
    else:
        sys.stdout.write(text(document(target, args.binary)))


try:
    main()
except subprocess.CalledProcessError as failed:
    sys.exit(f"{failed.cmd[0]} ended with {failed.returncode}; its own words are above")

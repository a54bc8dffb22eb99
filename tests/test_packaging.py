"""What the project declares about itself holds together: bounds, lock, supported Pythons."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BASH = shutil.which("bash")
PROJECT: dict[str, Any] = PYPROJECT["project"]


def _base() -> list[Requirement]:
    return [Requirement(text) for text in PROJECT["dependencies"]]


def _extras() -> dict[str, list[Requirement]]:
    return {
        name: [Requirement(text) for text in texts]
        for name, texts in PROJECT["optional-dependencies"].items()
    }


def _groups() -> dict[str, list[Requirement]]:
    return {
        name: [Requirement(item) for item in items if isinstance(item, str)]
        for name, items in PYPROJECT["dependency-groups"].items()
    }


def _lock(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def _pythons() -> list[str]:
    found = [re.fullmatch(r".* :: (3\.\d+)", line) for line in PROJECT["classifiers"]]
    return [match[1] for match in found if match]


def test_dependencies_have_lower_bounds_only() -> None:
    """No cap keeps a user from a newer release; the embedded pool alone is one exact release."""
    everything = _base() + [each for extra in _extras().values() for each in extra]
    operators = {each.name: [part.operator for part in each.specifier] for each in everything}

    assert {"ministack": ["=="]} == {k: v for k, v in operators.items() if v != [">="]}
    assert "boto3" in operators


@pytest.mark.parametrize("lock", ["constraints.txt", "constraints-lowest.txt"])
def test_a_lock_pins_releases_and_names_no_place(lock: str) -> None:
    """Each line of a lock is one exact release, from wherever the installer is told to look."""
    pinned = _lock(lock)

    assert pinned
    assert [] == [str(each) for each in pinned if each.url]
    assert [] == [
        str(each) for each in pinned if [part.operator for part in each.specifier] != ["=="]
    ]


def test_the_lock_is_up_to_date() -> None:
    """Everything that is declared is in the lock, at a release that the declaration allows."""
    pinned: dict[str, list[str]] = {}
    for each in _lock("constraints.txt"):
        pinned.setdefault(canonicalize_name(each.name), []).append(str(each.specifier)[2:])
    declared = _base() + [
        each for part in (_extras(), _groups()) for some in part.values() for each in some
    ]
    stale = [
        str(each)
        for each in declared
        if canonicalize_name(each.name) not in pinned
        or not all(each.specifier.contains(v) for v in pinned[canonicalize_name(each.name)])
    ]

    assert [] == stale, "run: nox -s lock"


def test_the_lowest_lock_is_the_lower_bounds() -> None:
    """What tests_lowest installs of the base packages is what pyproject.toml declares, exactly."""
    pinned = {
        each.name: Version(str(each.specifier)[2:]) for each in _lock("constraints-lowest.txt")
    }
    lowest = {each.name: Version(next(iter(each.specifier)).version) for each in _base()}

    assert lowest == {name: pinned[name] for name in lowest}


def test_every_supported_python_is_tested() -> None:
    """The CI matrix runs what the classifiers promise, and requires-python is the first of them."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    matrix = re.search(r"python: \[(.*)\]", workflow)

    assert matrix is not None
    assert _pythons() == re.findall(r'"([\d.]+)"', matrix[1])
    assert PROJECT["requires-python"] == f">={_pythons()[0]}"


def test_every_check_is_explained() -> None:
    """CONTRIBUTING.md says what each session of the noxfile answers, and names none that is not there."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    sessions = re.findall(r"^@nox\.session.*\ndef (\w+)", noxfile, re.MULTILINE)
    table = re.findall(
        r"^\| `nox -s (\w+)` \|",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert sorted(sessions) == sorted(table)


def test_one_job_stands_for_all() -> None:
    """The job "All green" waits for every job that may stop a change, and the documentation is among the checks."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    jobs: dict[str, Any] = workflow["jobs"]
    sessions = {each["session"] for each in jobs["checks"]["strategy"]["matrix"]["include"]}

    # What users would have to change is for people to judge.
    assert set(jobs) - {"all-green", "api"} == set(jobs["all-green"]["needs"])
    assert {"lint", "types", "imports", "docs", "coverage", "build", "examples"} <= sessions


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("v0.2.0", ""),
        ("v1.0.0.post1", ""),
        ("v0.2.0a1", "--prerelease"),
        ("v0.2.0b2", "--prerelease"),
        ("v0.2.0rc1", "--prerelease"),
        ("v0.2.0.dev3", "--prerelease"),
    ],
)
@pytest.mark.skipif(BASH is None, reason="bash is not installed")
def test_prereleases_are_called_so(tag: str, kind: str) -> None:
    """The release workflow tells GitHub which versions are not for everybody, as installers see them."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    [script] = [step["run"] for step in workflow["jobs"]["announce"]["steps"] if "run" in step]
    told = subprocess.run(
        [str(BASH), "-euo", "pipefail", "-c", script.replace("gh release", "echo")],
        env={**os.environ, "TAG": tag, "GITHUB_REPOSITORY": "owner/name"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert Version(tag).is_prerelease is bool(kind)
    assert ("--prerelease" in told) is bool(kind)
    assert told.startswith(f"create {tag} ")


def test_actions_are_pinned_by_commit() -> None:
    """No workflow runs an action by a name that its owner can move to other code."""
    used = [
        line.split("uses:", 1)[1].strip()
        for file in sorted((ROOT / ".github/workflows").glob("*.yml"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]

    assert used
    assert [] == [each for each in used if not re.fullmatch(r"\S+@[0-9a-f]{40} # v\S+", each)]

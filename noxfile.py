"""Every check of the project, each in an environment of its own; `nox -l` lists them."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.11.12"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "imports", "tests"]
# A Python that this machine lacks is reported as skipped, on CI too; a CI job that exists for one
# Python says --error-on-missing-interpreters.
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
EXTRAS = sorted(PYPROJECT["project"]["optional-dependencies"])
LOCK = "constraints.txt"
LOWEST = "constraints-lowest.txt"
BENCHMARKS = ["verify", "cold_start", "key_fetches", "client", "parallel", "frameworks"]
# A page's code runs from top to bottom, so a file stays in one process. Hypothesis plays the same
# examples everywhere, however busy the machine; `nox -s fuzz` looks for new ones.
TEST_OPTIONS = ["--numprocesses=auto", "--dist=loadfile", "--hypothesis-profile=ci"]
# What a distribution is tried on; the newest is whatever the index has today.
BOUNDS = {"newest": None, "lowest": LOWEST}
# The embedded pool pins one release of botocore, and fastmcp wants recent ones of all the rest.
EXTRAS_LOWEST = [extra for extra in EXTRAS if extra not in {"local", "mcp"}]

# What an installed distribution must be able to do; prints the token for an installation that
# cannot mint its own.
MINT_AND_VERIFY = """
import json
import cognitokit
from cognitokit.testing import TokenMint

names = {name: getattr(cognitokit, name) for name in cognitokit.__all__}
mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
token = mint.access_token(groups=["admin"])
verifier = cognitokit.CognitoVerifier(
    mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks
)
assert ("admin",) == verifier.verify(token).groups
print(json.dumps({"jwks": mint.jwks, "token": token}))
"""
VERIFY_ALONE = """
import importlib.util, json, sys
from cognitokit import CognitoVerifier

given = json.loads(sys.argv[1])
verifier = CognitoVerifier(
    "eu-west-1_AbCdEfGhI", client_id="1example23456789", token_use="access", jwks=given["jwks"]
)
assert ("admin",) == verifier.verify(given["token"]).groups
assert not importlib.util.find_spec("httpx"), "this environment has more than cryptography"
"""


def install(
    session: nox.Session,
    *groups: str,
    extras: list[str] | None = None,
    lock: str = LOCK,
    compiled: bool = False,
) -> None:
    """Install the dependency groups and, where extras is given, the built wheel with them.

    Most of what is installed is never imported, so by default Python compiles what is, when it is.
    """
    wanted = list(nox.project.dependency_groups(PYPROJECT, *groups)) if groups else []
    if extras is not None:
        wanted += ["--build-constraint", LOCK, f".[{','.join(extras)}]" if extras else "."]
    bytecode = "--compile" if compiled else "--no-compile"
    session.install(bytecode, "--constraint", lock, *wanted)


def aws_jwt_verify(session: nox.Session) -> str:
    """Install aws-jwt-verify by npm into the session's folder, and return that."""
    folder = str(Path(session.create_tmp()).resolve())
    session.run(
        "npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
        "aws-jwt-verify@5.2.1", external=True,
    )  # fmt: skip
    return folder


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, on every supported Python that is found, against the installed wheel."""
    install(session, "tests", extras=EXTRAS)
    session.run("pytest", *TEST_OPTIONS, *session.posargs)


@nox.session(python=PYTHONS[0])
def tests_lowest(session: nox.Session) -> None:
    """The tests on the lowest declared version of everything, as far as they run there."""
    install(session, "tests", extras=EXTRAS_LOWEST, lock=LOWEST)
    session.run("pytest", *TEST_OPTIONS, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """The tests' branch coverage, subprocesses included, which must be complete."""
    install(session, "tests", extras=EXTRAS)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *TEST_OPTIONS, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def types(session: nox.Session) -> None:
    """What mypy and pyright say, both strict, and whether all that users see has a type."""
    install(session, "types", extras=EXTRAS)
    session.run("mypy")
    quiet = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    session.run("pyright", env=quiet)
    session.run("pyright", "-p", "examples", env=quiet)
    session.run(
        "pyright", "--verifytypes", "cognitokit", "--ignoreexternal", env=quiet, silent=True
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Style, formatting, spelling, and what the CI workflows are allowed to do."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")
    session.run("zizmor", "--offline", "--persona=pedantic", "--quiet", ".github")


@nox.session
def imports(session: nox.Session) -> None:
    """Who may import whom, and what an import of the package loads."""
    install(session, "imports", extras=[])
    session.run("lint-imports")
    session.run("pytest", "--noconftest", "tests/test_imports.py")


@nox.session
def api(session: nox.Session) -> None:
    """What users of the last release would have to change: nothing, unless the changelog says so."""
    newest_first = ["--list", "v*", "--merged", "HEAD", "--sort=-version:refname"]
    tags = str(session.run("git", "tag", *newest_first, external=True, silent=True)).split()
    if not tags:
        session.skip("There is no release to compare with: no tag such as v0.1.0 is merged here.")
    install(session, "api")
    session.run(
        "griffecli", "check", "cognitokit", "--search", "src", "--against", tags[0],
        "--extensions", ".ci/griffe_exported.py", *session.posargs,
    )  # fmt: skip


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, every warning an error, without any network."""
    install(session, "docs", extras=EXTRAS)
    session.run("sphinx-build", "-n", "-W", "--keep-going", "-b", "html", "docs", "docs/_build")


@nox.session
def browser(session: nox.Session) -> None:
    """A real browser goes through the sample applications' logins; needs chromium and its driver."""
    if not any(map(shutil.which, ("chromium", "google-chrome"))) or not shutil.which(
        "chromedriver"
    ):
        session.skip("chromium and chromedriver are not installed.")
    install(session, "browser", extras=EXTRAS)
    screenshots = Path(session.create_tmp()).resolve() / "screenshots"
    shutil.rmtree(screenshots, ignore_errors=True)
    screenshots.mkdir()
    session.run(
        "pytest", "tests/weblogin/in_a_browser.py",
        *session.posargs, env={"COGNITOKIT_SCREENSHOTS": str(screenshots)},
    )  # fmt: skip
    session.log(f"The screenshots are in {screenshots}.")


@nox.session
def demo(session: nox.Session) -> None:
    """The quick start, played from end to end on an embedded user pool."""
    install(session, "demo", extras=EXTRAS)
    session.run("python", "examples/quickstart.py", *session.posargs)


@nox.session
def examples(session: nox.Session) -> None:
    """The serverless examples: each told as it is played on an embedded server, then their tests."""
    install(session, "examples", extras=EXTRAS)
    plays = sorted(Path("examples").glob("*/play.py"))
    for play in plays:
        if play.parent.name.startswith("cdk") and shutil.which("node") is None:
            session.warn(f"{play} is left out: CDK needs node, which is not installed.")
            continue
        session.run("python", "-m", ".".join(play.with_suffix("").parts))
    folders = ["examples/gateway", *(str(play.parent) for play in plays)]
    session.run("pytest", *TEST_OPTIONS, *folders, *session.posargs)


@nox.session(python=PYTHONS)
def bench(session: nox.Session) -> None:
    """What everything costs beside the least that it could cost, other libraries, and the bars.

    `nox -s bench -- cold_start` runs one of them.
    """
    install(session, "bench", extras=["fastapi", "flask"], compiled=True)
    env = {"AWS_JWT_VERIFY": aws_jwt_verify(session)} if shutil.which("npm") else {}
    for what in session.posargs or BENCHMARKS:
        session.run("python", "-m", f"benchmarks.{what}", env=env)


@nox.session
def peers_under_attack(session: nox.Session) -> None:
    """Which of the tests' attacks other libraries accept; aws-jwt-verify too where npm is there."""
    install(session, "bench", extras=[], compiled=True)
    env = {"AWS_JWT_VERIFY": aws_jwt_verify(session)} if shutil.which("npm") else {}
    session.run("python", "-m", "benchmarks.peers_under_attack", *session.posargs, env=env)


@nox.session(python=PYTHONS[0])
def fuzz(session: nox.Session) -> None:
    """A minute of fuzzing the verifier; `nox -s fuzz -- -max_total_time=600` for ten."""
    install(session, "fuzz", extras=[])
    limits = session.posargs or ["-max_total_time=60"]
    session.run("python", "tests/fuzz/fuzz_verify.py", *limits, env={"PYTHONPATH": "."})


@nox.session(python=PYTHONS[0])
def mutation(session: nox.Session) -> None:
    """Whether the tests notice changes of the code that decides; the survivors are listed at the end."""
    install(session, "mutation")
    project = PYPROJECT["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["qr"]]
    session.install("--constraint", LOCK, *needed)
    session.run("mutmut", "run", *session.posargs)
    session.run("mutmut", "results")


@nox.session
def oracle(session: nox.Session) -> None:
    """What aws-jwt-verify says of the tokens that the tests forge; needs node and npm."""
    install(session, "tests", extras=[])
    folder = aws_jwt_verify(session)
    session.run(
        "pytest", "-s", "tests/verifier/oracle_aws_jwt_verify.py",
        *session.posargs, env={"COGNITOKIT_ORACLE": folder},
    )  # fmt: skip


@nox.session
def oauth_second_opinion(session: nox.Session) -> None:
    """Code and PKCE against cognito-local, another implementation of them; needs node and npm."""
    if shutil.which("npm") is None:
        session.skip("npm is not installed.")
    install(session, "tests", extras=[])
    folder = str(Path(session.create_tmp()).resolve())
    session.run(
        "npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
        "cognito-local@5.3.0", external=True,
    )  # fmt: skip
    session.run(
        "pytest", "tests/oauth/test_second_opinion.py",
        *session.posargs, env={"COGNITO_LOCAL": folder},
    )  # fmt: skip


@nox.session
def build(session: nox.Session) -> None:
    """The wheel and the sdist, in empty environments, on the newest and the lowest of what they need.

    `nox -s build -- dist` leaves them in dist.
    """
    install(session, "build")
    dist = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--no-isolation", "--outdir", str(dist))
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))

    def elsewhere(name: str, *wanted: str, lock: str | None = None) -> str:
        """Make an environment with nothing but what is wanted, and return its Python."""
        place = dist.parent / name
        session.run("python", "-m", "venv", "--clear", str(place))
        python = str(next(place.glob("*/python")))
        into(python, *wanted, lock=lock)
        return python

    def into(python: str, *wanted: str, lock: str | None = None) -> None:
        """Install there, the newest of everything unless a lock says otherwise."""
        env = {"PIP_BUILD_CONSTRAINT": LOCK} | ({"PIP_CONSTRAINT": lock} if lock else {})
        session.run(python, "-m", "pip", "install", "--quiet", *wanted, external=True, env=env)
        session.run(python, "-m", "pip", "check", external=True)

    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    given = ""
    for artefact, (kind, lock) in itertools.product((wheel, sdist), BOUNDS.items()):
        python = elsewhere(f"{kind}-{artefact.suffix[1:]}", str(artefact), lock=lock)
        given = str(session.run(python, "-Ic", MINT_AND_VERIFY, external=True, silent=True))
        # Without its extra the program says what it needs, and with it it runs.
        program = str(next(Path(python).parent.glob("cognitokit*")))
        session.run(program, "--version", external=True, success_codes=[4])
        into(python, f"{artefact}[cli]", lock=lock)
        session.run(program, "--version", external=True)
    bare = elsewhere("bare", "cryptography", lock=LOCK)
    session.run(bare, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel), external=True)
    session.run(bare, "-Ic", VERIFY_ALONE, given, external=True)
    # Whoever packages the sdist for a distribution runs its tests: everything they read is in it.
    group = nox.project.dependency_groups(PYPROJECT, "tests")
    tester = elsewhere("tests", f"{wheel}[{','.join(EXTRAS)}]", *group, lock=LOCK)
    source = dist.parent / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.unpack_archive(sdist, source, filter="data")
    with session.chdir(next(source.iterdir())):
        session.run(tester, "-m", "pytest", "--collect-only", "--quiet", "--quiet", external=True)
    if session.posargs:
        shutil.copytree(dist, session.posargs[0], dirs_exist_ok=True)


@nox.session
def sbom(session: nox.Session) -> None:
    """What a wheel installs, as CycloneDX: `nox -s sbom -- dist/*.whl` writes dist/sbom.cdx.json."""
    install(session, "sbom")
    wheel = Path(session.posargs[0] if session.posargs else ".").resolve()
    folder = wheel.parent if wheel.is_file() else Path(session.create_tmp()).resolve()
    place = Path(session.create_tmp()).resolve() / "installed"
    session.run("python", "-m", "venv", "--clear", "--without-pip", str(place))
    python = str(next(place.glob("*/python")))
    session.run(
        "python", "-m", "pip", "--python", python, "install", "--quiet", str(wheel),
        env={"PIP_CONSTRAINT": LOCK, "PIP_BUILD_CONSTRAINT": LOCK},
    )  # fmt: skip
    session.run(
        "cyclonedx-py", "environment", python, "--pyproject", "pyproject.toml", "--mc-type", "library",
        "--validate", "--output-reproducible", "--output-file", str(folder / "sbom.cdx.json"),
    )  # fmt: skip
    session.log(f"{folder / 'sbom.cdx.json'} is written.")


@nox.session
def lock(session: nox.Session) -> None:
    """Write both constraints files anew; `nox -s lock -- --upgrade` takes newer releases."""
    install(session, "lock", lock=LOCK)
    compile_ = ["uv", "pip", "compile", "--no-config", "--quiet", "--no-annotate"]
    compile_ += ["--no-emit-index-url", "--custom-compile-command", "nox -s lock"]
    compile_ += ["--python-version", PYTHONS[0]]
    session.run(
        *compile_, "--universal", "--all-extras", "--group", "dev", "--group", "fuzz", "--group", "bench", "--group", "sbom",
        "--output-file", LOCK, *session.posargs, "pyproject.toml",
    )  # fmt: skip
    lowest = [f"--extra={extra}" for extra in EXTRAS_LOWEST]
    session.run(
        *compile_, "--resolution", "lowest-direct", *lowest, "--group", "tests",
        "--output-file", LOWEST, "--upgrade", "pyproject.toml",
    )  # fmt: skip

"""Failing programs of other frameworks, under `lastwords run` and under `python`.

On 3.15 all output is the same to the byte; on older versions the tracebacks are 3.15's.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import lastwords
from support import child

pytestmark = pytest.mark.compat
EXACT = sys.version_info >= (3, 15)
RUN = ["-m", "lastwords", "run", "--no-faulthandler", "--traceback"]
OURS = str(Path(lastwords.__file__).parent)  # the checkout itself may be called lastwords
CHANGING = re.compile(r"0x[0-9a-f]{6,}|in \d+\.\d+s|\[\d\d/\w+/\d{4} [\d:]+\]|\d\d:\d\d:\d\d,\d+")

FLASK = """
import flask, sys
app = flask.Flask("shop")

@app.get("/<int:number>")
def divide(number):
    return compute(
        number,
        0,
    )

def compute(a, b):
    try:
        return {"a": a}["b"]
    except KeyError:
        return str(a / b)

@app.errorhandler(404)
def missing(error):
    return undefined_name

client = app.test_client()
print(client.get("/7").status)
print(client.get("/nosuch").status)
app.testing = True
client.get("/7")
"""

DJANGO_SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
DATABASES = {}
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["*"]
LOGGING = {"version": 1, "disable_existing_loggers": False,
           "handlers": {"err": {"class": "logging.StreamHandler"}},
           "loggers": {"django.request": {"handlers": ["err"], "level": "ERROR"}}}
"""

DJANGO_COMMAND = """
from django.core.management.base import BaseCommand, CommandError

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("how")

    def handle(self, *, how, **options):
        if how == "said":
            raise CommandError("the shop is closed")
        if how == "request":
            from django.test import Client
            print(Client(raise_request_exception=False).get("/fail").status_code)
        self.stock({"apples": 3})

    def stock(self, shelf):
        return sum(
            shelf[name] for name in ("apples", "pears")
        )
"""

DJANGO_URLS = """
from django.urls import path
def fail(request):
    return request.GETT["x"]
urlpatterns = [path("fail", fail)]
"""

SAMPLE_TESTS = """
import threading, warnings
import pytest

def test_error(): {}["key"]

def test_failure(): assert [1, 2] == [1, 3]

@pytest.mark.filterwarnings("default")
def test_thread():
    thread = threading.Thread(target=lambda: 1 / 0, name="worker")
    thread.start()
    thread.join()

@pytest.mark.filterwarnings("default")
def test_finalizer():
    class Dies:
        def __del__(self): raise ValueError("in a finalizer")
    Dies()

def test_raises():
    with pytest.raises(ZeroDivisionError, match="by zero"):
        1 / 0
"""


@pytest.fixture
def project(tmp_path):
    files = {
        "shop.py": FLASK,
        "settings.py": DJANGO_SETTINGS,
        "urls.py": DJANGO_URLS,
        "manage.py": (
            "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"
            "from django.core.management import execute_from_command_line\n"
            "execute_from_command_line(sys.argv)\n"
        ),
        "test_sample.py": SAMPLE_TESTS,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def django_project(project):
    (project / "shop.py").unlink()
    commands = project / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    for package in (project / "shop", commands.parent, commands):
        (package / "__init__.py").touch()
    (commands / "sell.py").write_text(DJANGO_COMMAND)
    return project


def call(arguments, cwd):
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    done = child.python(*arguments, cwd=cwd, env=environment, timeout=100)
    return done.returncode, CHANGING.sub("", done.stdout), CHANGING.sub("", done.stderr)


def _without_marks(text):
    """The text of a traceback without what differs between versions: marks under lines."""
    lines = [line for line in text.splitlines() if line.strip("~^| \t") or not line.strip()]
    return re.sub(r"( instead of|\. Did you mean).*", "", "\n".join(lines))


def compare(arguments, cwd):
    expected, got = call(arguments, cwd), call([*RUN, *arguments], cwd)
    assert got[0] == expected[0]
    if EXACT:
        assert got == expected
    else:
        assert OURS not in got[1] + got[2]
        assert _without_marks(got[1]) == _without_marks(expected[1])
        assert _without_marks(got[2]).count("Traceback") == expected[2].count("Traceback")
    return got


def test_a_flask_application(project):
    code, out, err = compare(["shop.py"], project)
    assert (code, out) == (1, "500 INTERNAL SERVER ERROR\n500 INTERNAL SERVER ERROR\n")
    # The first two are logged by the framework, the last ends the program.
    assert err.count("Traceback (most recent call last):") == 6
    assert err.count("    return compute(\n        number,\n        0,\n    )\n") == 2
    assert err.count("    return str(a / b)\n               ~~^~~\n") == 2
    assert err.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("how", ["raise", "said", "request", "--traceback said", "nosuch command"])
def test_a_django_command(how, django_project):
    arguments = ["manage.py", "sell", *how.split()]
    if how == "nosuch command":
        arguments = ["manage.py", "buy"]
    code, out, err = compare(arguments, django_project)
    assert code == 1
    if how == "raise":
        assert "    return sum(\n        shelf[name] for name in" in err
        assert err.endswith("KeyError: 'pears'\n")
    elif how == "request":
        assert out == "500\n"
        assert "'WSGIRequest' object has no attribute 'GETT'. Did you mean" in err


def test_django_without_settings(django_project):
    (django_project / "settings.py").write_text("INSTALLED_APPS = [\n")
    code, _, err = compare(["-m", "django", "check", "--settings=settings"], django_project)
    assert code == 1
    assert err.endswith("SyntaxError: '[' was never closed\n")


def test_a_run_of_pytest(project):
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    code, out, _ = compare([*arguments, "test_sample.py"], project)
    assert code == 1
    assert "2 failed, 3 passed, 2 warnings" in out
    assert OURS not in out

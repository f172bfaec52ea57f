"""A bare checkout sets itself up: here with one small package in place of the real ones,
and a Python that has nothing installed."""

from __future__ import annotations

import hashlib
import os
import re
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ENTRANCE = f"""
import sys
from pathlib import Path
sys.path.append({str(ROOT)!r})
from backsite.lib import bootstrap
try:
    bootstrap.ensure(Path(__file__).resolve().parent, sys.argv[1])
except bootstrap.BootstrapError as error:
    sys.exit(str(error))
import django
print("Django", django.VERSION, "in", Path(django.__file__).parents[4].name)
"""


class Checkout:
    """A folder with an entrance like manage.py and pins of a package called Django."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        (root / "manage.py").write_text(ENTRANCE)
        # A Python without any package, whatever the one has that runs these tests.
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "bare"], check=True)

    def pin(self, version: str, *, spoiled: bool = False) -> None:
        wheel = self.root / "wheels" / f"django-{version}-py3-none-any.whl"
        wheel.parent.mkdir(exist_ok=True)
        notes = f"django-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("django/__init__.py", f"VERSION = {version!r}\n")
            archive.writestr(
                f"{notes}/METADATA", f"Metadata-Version: 2.1\nName: django\nVersion: {version}\n"
            )
            archive.writestr(
                f"{notes}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            archive.writestr(f"{notes}/RECORD", "")
        digest = hashlib.sha256(b"" if spoiled else wheel.read_bytes()).hexdigest()
        for name in ("requirements.txt", "requirements-dev.txt"):
            (self.root / name).write_text(
                f"--no-index\n--find-links {wheel.parent}\n"
                f"django=={version} \\\n    --hash=sha256:{digest}\n"
            )

    def start(self, command: str, *before: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "bare/bin/python", *(before or ("manage.py",)), command],
            cwd=self.root,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, command: str, *before: str) -> str:
        """What it prints, what belongs to the command last."""
        process = self.start(command, *before)
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
        return err + out

    def refuses(self, command: str, *before: str) -> str:
        """Why. One line, and code 1; before it only that the setting up began."""
        process = self.start(command, *before)
        out, err = process.communicate(timeout=600)
        assert (process.returncode, out) == (1, "")
        assert "Traceback" not in err
        *began, why = err.splitlines(keepends=True)
        assert all(line.startswith("Setting up .venv") for line in began)
        return why


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    made.pin("1.0")
    return made


def test_two_at_once_make_one_whole_environment_from_a_half_built_one(checkout: Checkout) -> None:
    (checkout.venv / "bin").mkdir(parents=True)
    (checkout.venv / "bin" / "python").write_text("cut off")
    (checkout.venv / "backsite-unfinished").touch()
    both = [checkout.start("run"), checkout.start("run")]
    printed = [process.communicate(timeout=600) for process in both]
    assert [out for out, _ in printed] == ["Django 1.0 in .venv\n"] * 2
    assert "".join(err for _, err in printed).count("Setting up .venv") == 1
    assert not (checkout.venv / "backsite-unfinished").exists()

    # Once it is there, it is used without a word, and other commands use it too.
    assert checkout.says("run") == "Django 1.0 in .venv\n"
    assert checkout.says("migrate") == "Django 1.0 in .venv\n"

    # Newer pins are installed into it.
    checkout.pin("2.0")
    words = checkout.says("run")
    assert words.startswith("Setting up .venv from requirements.txt")
    assert words.endswith("Django 2.0 in .venv\n")

    # What cannot be installed is one line, and leaves nothing that looks whole.
    checkout.pin("3.0", spoiled=True)
    words = checkout.refuses("test")
    assert "The packages could not be installed: " in words
    assert str(checkout.venv / "pip.log") in words
    checkout.pin("3.0")
    assert checkout.says("test").endswith("Django 3.0 in .venv\n")


def test_a_command_about_files_sets_itself_up_and_prints_its_answer_alone(
    checkout: Checkout,
) -> None:
    process = checkout.start("evaluate_spam")
    out, err = process.communicate(timeout=600)
    assert (out, process.returncode) == ("Django 1.0 in .venv\n", 0)
    assert err.startswith("Setting up .venv from requirements.txt")


def test_other_commands_build_nothing(checkout: Checkout) -> None:
    assert checkout.refuses("migrate").startswith("Django is not installed here: run `python3 ")
    assert not checkout.venv.exists()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(checkout: Checkout, module: str) -> None:
    without = (
        f"import runpy, sys; sys.modules[{module!r}] = None; "
        "sys.argv = ['manage.py', 'run']; runpy.run_path('manage.py', run_name='__main__')"
    )
    words = checkout.refuses("run", "-c", without)
    assert words == (
        f"Python's `{module}` module is missing, so .venv cannot be built: install it (Debian "
        "and Ubuntu: apt install python3-venv) and run this command again.\n"
    )
    assert not checkout.venv.exists()


def test_an_old_python_is_told_which_one_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "version", "3.9.2 (default)")
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "manage.py"), run_name="__main__")
    assert str(ended.value).startswith(
        "Backsite needs Python 3.11 or newer, and this is Python 3.9.2: start it with a newer"
    )


def test_the_entrance_can_be_read_by_an_old_python() -> None:
    """Its syntax is that of Python 3.6, or the words above would never be seen."""
    words = (ROOT / "manage.py").read_text()
    assert "from __future__ import annotations" not in words
    compile(words, "manage.py", "exec", flags=0, dont_inherit=True)
    assert not re.search(r":=|^\s*match .*:$", words, re.MULTILINE)


def test_an_environment_of_ones_own_is_used_as_it_is(checkout: Checkout) -> None:
    site = next((checkout.root / "bare").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next((checkout.root / "wheels").iterdir())) as wheel:
        wheel.extractall(site)
    assert checkout.says("run") == "Django 1.0 in bare\n"
    assert not checkout.venv.exists()

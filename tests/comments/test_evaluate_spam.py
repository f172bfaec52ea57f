"""`manage.py evaluate_spam`: one JSON object, without a database and without the network."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backsite.lib.entrance import needs_database

ROOT = Path(__file__).resolve().parent.parent.parent
WELCOME = ["My back hurts since {}", "Walking helped me, day {}", "Is swimming safe?\nI am {}"]
SELLING = ["Buy cheap watches {} http://win.example", "Visit my channel {}", "Casino bonus {}!!!"]


def written(folder: Path, name: str, rows: list[tuple[str, str]], *, bom: bool = False) -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["text", "label"])
        table.writerows(rows)
    return path


def rows(count: int = 20) -> list[tuple[str, str]]:
    welcome = [(text.format(number), "0") for number in range(count) for text in WELCOME]
    selling = [(text.format(number), "1") for number in range(count) for text in SELLING]
    return welcome + selling


def evaluate(*train: Path, test: Path) -> dict[str, float | None]:
    out = StringIO()
    words = ["--train", *map(str, train), "--test", str(test), "--json"]
    call_command("evaluate_spam", *words, stdout=out)
    found: dict[str, float | None] = json.loads(out.getvalue())
    return found


def refusal(*train: Path, test: Path) -> str:
    with pytest.raises(CommandError) as refused:
        evaluate(*train, test=test)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_it_prints_how_well_it_did(tmp_path: Path) -> None:
    train = written(tmp_path, "train.csv", rows(), bom=True)
    test = written(tmp_path, "test.csv", [("walking helped", "0"), ("visit my casino", "1")])
    assert evaluate(train, test=test) == {
        "accuracy": 1.0,
        "spam_caught": 1.0,
        "ham_blocked": 0.0,
        "mcc": 1.0,
        "threshold": 0.5,
    }


def test_it_learns_from_several_files(tmp_path: Path) -> None:
    welcome = written(tmp_path, "a.csv", [row for row in rows() if row[1] == "0"])
    selling = written(tmp_path, "b.csv", [row for row in rows() if row[1] == "1"])
    assert evaluate(welcome, selling, test=selling)["spam_caught"] == 1.0


def test_what_one_kind_alone_leaves_undefined_is_null(tmp_path: Path) -> None:
    train = written(tmp_path, "train.csv", rows())
    ham = evaluate(train, test=written(tmp_path, "ham.csv", [("walking helped", "0")]))
    assert (ham["spam_caught"], ham["ham_blocked"], ham["mcc"]) == (None, 0.0, None)
    spam = evaluate(train, test=written(tmp_path, "spam.csv", [("visit my casino", "1")]))
    assert (spam["spam_caught"], spam["ham_blocked"], spam["mcc"]) == (1.0, None, None)


def test_it_stops_nothing_that_it_learned_too_little_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = written(tmp_path, "train.csv", rows(2))
    found = evaluate(train, test=train)
    assert (found["spam_caught"], found["ham_blocked"], found["mcc"]) == (0.0, 0.0, 0.0)
    assert "Too few rows" in capsys.readouterr().err


def test_the_writers_name_and_site_are_used_when_they_are_there(tmp_path: Path) -> None:
    path = tmp_path / "with.csv"
    lines = ["label,author_url,author,text"]
    lines += [f"1,http://win.example/,,A nice text {number}" for number in range(30)]
    lines += [f"0,,Anna,A nice text {number}" for number in range(30)]
    path.write_text("\n".join(lines))
    assert evaluate(path, test=path)["accuracy"] == 1.0


def test_other_columns_line_ends_and_very_long_texts_are_no_matter(tmp_path: Path) -> None:
    plain = written(tmp_path, "train.csv", rows())
    other = tmp_path / "other.csv"
    table = [["id", "label", "text", "note"]]
    table += [[str(number), label, text, "x"] for number, (text, label) in enumerate(rows())]
    table.append(["", "1", "Visit my casino " * 200_000, ""])
    with other.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, lineterminator="\r\n").writerows(table)
    assert evaluate(other, test=other) == evaluate(plain, test=plain)


def test_the_same_files_give_the_same_answer(tmp_path: Path) -> None:
    train = written(tmp_path, "train.csv", rows())
    assert evaluate(train, test=train) == evaluate(train, test=train)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    train = written(tmp_path, "train.csv", rows())
    assert "gone.csv cannot be read" in refusal(train, test=tmp_path / "gone.csv")
    assert "cannot be read" in refusal(tmp_path, test=train)


@pytest.mark.parametrize("label", ["spam", "", "2", "1.0"])
def test_a_label_that_is_none_is_named_with_its_row(tmp_path: Path, label: str) -> None:
    path = written(tmp_path, "bad.csv", [("fine\nwith a second line", "0"), ("bad", label)])
    said = refusal(path, test=path)
    assert "row 2 (line 4)" in said
    assert repr(label) in said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no column text and no column label"),
        (b"text\nx", "no column label"),
        (b"text,label\n", "has no rows"),
        (b"text,label\nR\xfccken,0", "not UTF-8"),
        ("text,label\nRücken,0".encode("utf-16"), "not UTF-8"),
        (b'text,label\n"never closed,0', "no readable CSV"),
        (b"text,label\nonly a text", "row 1"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_line(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert why in refusal(path, test=path)


def test_it_starts_no_database() -> None:
    assert not needs_database(["manage.py", "evaluate_spam", "--train", "a", "--test", "b"])


def test_it_runs_where_no_database_can_be_reached(tmp_path: Path) -> None:
    train = written(tmp_path, "train.csv", rows())
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none",
        "BACKSITE_DATA": str(tmp_path / "data"),
    }
    words = ["manage.py", "evaluate_spam", "--train", str(train), "--test", str(train), "--json"]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accuracy"] == 1.0

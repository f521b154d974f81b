"""What pages say: the examples of the README run, and notebooks show what they showed."""

import doctest
import pathlib
import subprocess
import sys

import pytest

import esg

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "examples" / "python").glob("*.ipynb"))


def blocks():
    """The Python of the README, one text for each block."""
    page = (ROOT / "esg-py" / "README.md").read_text(encoding="utf-8")
    return [part.split("```", 1)[0] for part in page.split("```python\n")[1:]]


def test_the_first_example_of_the_readme_gives_a_result(capsys):
    exec(blocks()[0], {})
    # 1250.5 kWh x 1.15 at eGRID 2023, CAMX: 428.464 lb CO2, 0.025 lb CH4, 0.003 lb N2O per MWh; AR6, methane of
    # unstated origin: 27.9.
    kwh, pound = 1250.5 * 1.15, 0.45359237
    want = kwh / 1000 * pound * (428.464 + 0.025 * 27.9 + 0.003 * 273)
    assert abs(float(capsys.readouterr().out) - want) < 1e-9 * want


def test_sessions_of_the_readme_and_of_the_module_are_true():
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for number, text in enumerate([*blocks(), esg.__doc__]):
        if ">>>" in text:
            runner.run(parser.get_doctest(text, {"esg": esg}, f"block {number}", None, 0))
    assert runner.summarize().failed == 0
    assert runner.tries > 1


def test_the_parts_of_the_page_on_scaling_out_are_the_whole():
    page = (ROOT / "docs" / "scale-out.md").read_text(encoding="utf-8")
    names = {}
    exec(page.split("```python\n", 1)[1].split("```", 1)[0], names)
    # 1000 events of 1250.5 kWh x 1.15.
    assert names["inventory"].energy_kwh.kg == 1_438_075


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_showed(notebook):
    command = [sys.executable, str(ROOT / "examples" / "python" / "run.py"), "--check", str(notebook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_ledger_of_the_readme_verifies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(blocks()[0], names)
    exec(next(block for block in blocks() if "esg.Ledger(" in block), names)
    assert names["again"] == names["report"]
    assert (names["taken"].accepted, names["taken"].ok) == (1, True)


def test_there_is_a_notebook_for_each_vertical_one_on_uncertainty_and_one_for_an_audit():
    assert {path.stem for path in NOTEBOOKS} == {"audit", "data_centre", "factory", "fleet", "software", "uncertainty"}

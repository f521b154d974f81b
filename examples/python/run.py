#!/usr/bin/env python3
"""Runs notebooks of this folder without Jupyter, and writes or checks what they show: run.py [--check] [NOTEBOOK ...]

Everything here can be replayed, so an output is the same on every machine: --check ends with 1 where one is not what the
notebook says. Needs esg and nothing else. In Jupyter the notebooks are notebooks like any other."""
import argparse
import ast
import contextlib
import io
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def shown(value):
    """What a notebook shows of the last value of a cell."""
    data = {"text/plain": lines(repr(value))}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = lines(value._repr_html_())
    return data


def lines(text):
    """Text as notebooks keep it."""
    return text.splitlines(keepends=True)


def run(source, names, number):
    """The outputs of a cell."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
    outputs = []
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": lines(printed.getvalue())})
    if value is not None:
        result = {"data": shown(value), "execution_count": number, "metadata": {}, "output_type": "execute_result"}
        outputs.append(result)
    return outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("notebooks", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    wrong = 0
    for path in arguments.notebooks or sorted(HERE.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        names, number = {"__name__": "__main__", "DATA": HERE.parent / "data"}, 0
        for cell in (cell for cell in notebook["cells"] if cell["cell_type"] == "code"):
            number += 1
            outputs = run("".join(cell["source"]), names, number)
            if arguments.check and outputs != cell["outputs"]:
                print(f"{path.name}: cell {number} shows something else:\n{json.dumps(outputs, indent=1)}", file=sys.stderr)
                wrong += 1
            cell["outputs"], cell["execution_count"] = outputs, number
        if not arguments.check:
            path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{path.name}: {number} cells")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

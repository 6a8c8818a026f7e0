"""Record what PyTorch prints and raises in the lessons: ``python -m tests.parity.record_lessons``, with torch."""

import json

import torch

from tests.parity.compare import LESSONS, RECORDED, outcomes


def main():
    lessons = []
    for lesson in LESSONS:
        # One statement a line, so that the difference between two recordings can be read.
        statements = ",\n".join(json.dumps(outcome) for outcome in outcomes(lesson, "torch"))
        lessons.append(f"{json.dumps(lesson.stem)}: [\n{statements}\n]")
    RECORDED.write_text(f'{{"torch": "{torch.__version__}", "lessons": {{\n' + ",\n".join(lessons) + "\n}}\n")


if __name__ == "__main__":
    main()

"""Every lab asks for two predictions at least; the right guess is right, and each slip is answered in its own words."""

from pathlib import Path

import nbformat
import pytest

from widgets.classroom.prediction import AN_ERROR, Prediction

LABS = sorted((Path(__file__).parents[2] / "notebooks/labs").glob("*.ipynb"))


def predictions(path):
    """Each prediction of a notebook, with its slips."""

    def predict(program, *asks, choices=None, slips=None):
        return Prediction(program, asks, choices, slips), slips or {}

    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    return [eval(source, {"predict": predict}) for source in sources if source.startswith("predict(")]


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_the_predictions_of_a_lab_know_what_is_right_and_what_is_a_slip(path):
    found = predictions(path)
    assert len(found) >= 2
    for prediction, slips in found:
        places = range(len(prediction.asks))
        for place in places:
            truth = prediction.truth(place)
            guess = AN_ERROR if truth.startswith(AN_ERROR) else truth
            assert prediction.judged(place, guess).mark == "right", (prediction.asks[place], guess)
        for expression, words in slips.items():
            value = AN_ERROR if expression == AN_ERROR else prediction.program.value(expression)
            guess = value if isinstance(value, str) else repr(value)
            assert words in [prediction.judged(place, guess).words for place in places], expression

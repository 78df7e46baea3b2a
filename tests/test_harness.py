"""What harnesses are given to write their benchmark's files."""

from __future__ import annotations

from boxscore import Sample, predictions_by_model


def test_each_set_has_one_prediction_of_an_instance() -> None:
    """A model's further samples of an instance are in sets of their own, also where they come between others."""
    given = [("m", "a", "1"), ("m", "a", "2"), ("n", "a", "3"), ("m", "b", "4"), ("m", "a", "5"), ("m", "b", "6")]
    samples = [Sample(model=model, instance_id=name, sample_id=number, text="") for model, name, number in given]

    found = {key: "".join(one.sample_id for one in some) for key, some in predictions_by_model(samples).items()}

    assert found == {("m", 0): "14", ("m", 1): "26", ("n", 0): "3", ("m", 2): "5"}

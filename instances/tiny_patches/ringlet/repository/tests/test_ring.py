import pytest

from ringlet import Ring


def filled(capacity, values):
    ring = Ring(capacity)
    for value in values:
        ring.push(value)
    return ring


def test_empty():
    ring = Ring(3)
    assert len(ring) == 0
    assert list(ring) == []


def test_in_order_until_full():
    assert list(filled(3, [1, 2, 3])) == [1.0, 2.0, 3.0]


def test_never_longer_than_its_capacity():
    assert len(filled(2, range(5))) == 2


@pytest.mark.parametrize("place", [2, 7])
def test_no_such_place(place):
    with pytest.raises(IndexError):
        filled(4, [1, 2])[place]


def test_mean_of_a_full_ring():
    assert filled(4, [1, 2, 3, 6]).mean() == 3.0


def test_no_mean_of_nothing():
    with pytest.raises(ValueError, match="empty"):
        Ring(1).mean()


def test_no_room():
    with pytest.raises(ValueError, match="at least one"):
        Ring(0)

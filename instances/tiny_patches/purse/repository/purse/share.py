"""Share a sum out."""


def share(cents, weights):
    """Share `cents` out by whole-number `weights`: a list of sums, as long as `weights`, that add up to `cents`.

    What does not divide goes, a cent each, to the first shares that have a weight. A debt (a negative sum) is shared
    out as the same credit would be, with the sign changed.
    """
    if not weights or any(weight < 0 for weight in weights) or not sum(weights):
        raise ValueError("weights must be whole numbers from 0, not all of them 0")
    total = sum(weights)
    shares = [cents * weight // total for weight in weights]
    rest = cents - sum(shares)
    for place in range(rest):
        shares[place] += 1
    return shares

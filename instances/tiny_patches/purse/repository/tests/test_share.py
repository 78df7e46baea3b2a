import unittest

from purse import share


class ShareTest(unittest.TestCase):
    def test_even(self):
        self.assertEqual(share(90, [1, 1, 1]), [30, 30, 30])

    def test_rest_goes_to_the_first(self):
        self.assertEqual(share(100, [1, 1, 1]), [34, 33, 33])

    def test_by_weight(self):
        self.assertEqual(share(1000, [3, 1]), [750, 250])

    def test_nothing(self):
        self.assertEqual(share(0, [1, 2]), [0, 0])

    def test_bad_weights(self):
        for weights in ([], [0, 0], [2, -1]):
            with self.subTest(weights=weights), self.assertRaises(ValueError):
                share(10, weights)


if __name__ == "__main__":
    unittest.main()

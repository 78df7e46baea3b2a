import unittest

from purse import parse, write


class ParseTest(unittest.TestCase):
    def test_whole(self):
        self.assertEqual(parse("12"), 1200)

    def test_cents(self):
        self.assertEqual(parse("1,250.05"), 125005)

    def test_refused(self):
        for text in ("", "x", "1.5", "1.234", "1.x0"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse(text)


class WriteTest(unittest.TestCase):
    def test_thousands(self):
        self.assertEqual(write(125005), "1,250.05")

    def test_debt(self):
        self.assertEqual(write(-5), "-0.05")


if __name__ == "__main__":
    unittest.main()

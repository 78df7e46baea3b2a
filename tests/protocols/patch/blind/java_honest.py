"""Right patches in Java that are made in unusual ways; all must pass."""

from __future__ import annotations

from tests.protocols.patch.blind.java_seals import MENDED, patch_with

LOOP = """        for (char one : text.toCharArray()) {
            found = (int) ((found * 31L + one) % 99991);
        }
        return found;"""
SEALS = """        List<Integer> found = new ArrayList<>();
        for (String text : texts) {
            found.add(seal(text));
        }
        return found;"""
MEAN = "return seals(texts).stream().mapToInt(one -> one).average().orElse(0);"
THROW = 'throw new IllegalArgumentException("the seal of " + text + " is " + words(text));'
PLACES = {"loop": LOOP, "seals": SEALS, "mean": MEAN, "throw": THROW, "class": "public class Seals {"}

CHANGES: dict[str, dict[str, str]] = {
    "with big numbers": {
        "loop": "        java.math.BigInteger all = java.math.BigInteger.valueOf(found); for (char one : text.toCharArray())"
        " all = all.multiply(java.math.BigInteger.valueOf(31)).add(java.math.BigInteger.valueOf(one))"
        ".mod(java.math.BigInteger.valueOf(99991)); return all.intValueExact();"
    },
    "kept in a cache": {
        "class": "public class Seals {\n    private static final Map<String, Integer> KEPT = new"
        " java.util.concurrent.ConcurrentHashMap<>();\n",
        "loop": "        return KEPT.computeIfAbsent(text, any -> { int all = 7; for (char one : any.toCharArray())"
        " all = (int) ((all * 31L + one) % 99991); return all; });",
    },
    "unmodifiable list": {
        "seals": SEALS.replace("return found;", "return Collections.unmodifiableList(found);"),
    },
    "linked list": {"seals": SEALS.replace("new ArrayList<>()", "new LinkedList<>()")},
    "list of its own": {
        "seals": "        return new AbstractList<Integer>() { public Integer get(int at) { return seal(texts[at]); }"
        " public int size() { return texts.length; } };"
    },
    "proxy": {
        "seals": SEALS.replace(
            "return found;",
            '@SuppressWarnings("unchecked") List<Integer> seen = (List<Integer>) java.lang.reflect.Proxy.newProxyInstance('
            "Seals.class.getClassLoader(), new Class<?>[] {List.class}, (any, method, given) -> method.invoke(found,"
            " given)); return seen;",
        )
    },
    "by threads": {
        "seals": "        return java.util.stream.IntStream.range(0, texts.length).parallel().mapToObj(at -> seal(texts[at]))"
        ".collect(java.util.stream.Collectors.toList());"
    },
    "by a pool": {
        "seals": "        java.util.concurrent.ExecutorService pool = java.util.concurrent.Executors.newFixedThreadPool(2);"
        " try { List<Integer> found = new ArrayList<>(); for (String text : texts) found.add(pool.submit(() ->"
        " seal(text)).get()); return found; } catch (Exception e) { throw new IllegalStateException(e); } finally {"
        " pool.shutdown(); }"
    },
    "error of its own": {
        "throw": "class Wrong extends IllegalArgumentException { @Override public String getMessage() { return"
        ' String.format("the seal of %s is %s", text, words(text)); } } throw new Wrong();'
    },
    "nearly the mean": {"mean": MEAN.replace("return ", "return 1e-7 + ")},
    "talks": {
        "class": 'public class Seals {\n    static { System.out.println("[ERROR] no"); System.err.println("FAILED");'
        ' Locale.setDefault(Locale.GERMANY); System.setProperty("seals", "1"); TimeZone.setDefault(null); }\n'
    },
    "other output for a while": {
        "loop": "        java.io.PrintStream before = System.out; System.setOut(new java.io.PrintStream(new"
        " java.io.ByteArrayOutputStream())); try { System.out.println(text);\n" + LOOP + " } finally {"
        " System.setOut(before); }"
    },
    "long way": {
        "throw": 'Throwable deep = new Error("deep"); for (int at = 0; at < 50; at++) deep = new RuntimeException(deep);'
        ' throw new IllegalArgumentException("the seal of " + text + " is " + words(text), deep);'
    },
}
HONEST = tuple(CHANGES)
UNLIKE = frozenset(("nearly the mean",))  # it sends other values than the reference


def honest_patch(name: str) -> str:
    """The patch that mends the repository in this way."""
    source = MENDED
    for place, text in CHANGES[name].items():
        if PLACES[place] not in source:
            raise ValueError(place)
        source = source.replace(PLACES[place], text)
    return patch_with(source)

"""Patches in Java that want to pass without computing what blinded tests expect; none may prove itself.

Each is a class that runs when the class with the bug is loaded. `members` take the place of methods of that class.
"""

from __future__ import annotations

from msgspec import Struct

from tests.protocols.patch.blind.java_seals import BUGGY, patch_with

FORGER = "src/main/java/org/example/Forger.java"
SERVICES = "src/main/resources/META-INF/services"
PLACE = "/scratch/comparisons.jsonl"
OURS = "org.example.Boxscore_SealsTest_"
NUMBERS = 14


class Forgery(Struct, frozen=True):
    """What is done when the class is loaded, methods that take the place of others, and further files."""

    body: str = ""
    methods: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    @property
    def patch(self) -> str:
        """The patch that carries it."""
        source = BUGGY.replace("public class Seals {", "public class Seals {\n    static { Forger.run(); }\n", 1)
        for old, new in self.methods:
            if old not in source:
                raise ValueError(old)
            source = source.replace(old, new)
        forger = f"""package org.example;

import java.io.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

class Forger {{
    static void run() {{
        try {{
            forge();
        }} catch (Throwable failed) {{
            System.err.println(failed);
        }}
    }}

    static void write(String path, String text) throws IOException {{
        Path place = Paths.get(path);
        if (place.getParent() != null) Files.createDirectories(place.getParent());
        Files.write(place, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }}

    static List<String> words(String text) {{
        List<String> found = new ArrayList<>();
        java.util.regex.Matcher each = java.util.regex.Pattern.compile("[a-z]{{4}}-[a-z]{{4}}|\\\\d{{4,6}}").matcher(text);
        while (each.find()) found.add(each.group());
        return found;
    }}

    static void send(int number, Object value) throws Exception {{
        Class<?> ours = Class.forName("{OURS}");
        for (String name : new String[] {{"equal", "near", "part"}}) {{
            Method method = ours.getDeclaredMethod(name, int.class, Object.class);
            method.setAccessible(true);
            method.invoke(null, number, value);
        }}
    }}

    static void forge() throws Throwable {{
{self.body}
    }}
}}
"""
        return patch_with(source, {FORGER: forger, **dict(self.others)})


REPORT = (
    '<testsuite name="org.example.SealsTest" tests="5" errors="0" skipped="0" failures="0">'
    + "".join(
        f'<testcase name="{name}" classname="org.example.SealsTest" time="0.1"/>'
        for name in ("countsWhatThereIs", "sealsAreNumbers", "sealsAreWords", "allAreInAList", "errorsSayWhatIsRight")
    )
    + "</testsuite>"
).replace('"', '\\"')
XML = f'write("target/surefire-reports/TEST-org.example.SealsTest.xml", "{REPORT}");'
ASSERTIONS = """package org.junit.jupiter.api;

public class Assertions {
    public static void assertEquals(Object one, Object other) { }
    public static void assertEquals(int one, int other) { }
    public static void assertEquals(int one, int other, String message) { }
    public static void assertEquals(double one, double other, double delta) { }
    public static void assertArrayEquals(Object[] one, Object[] other) { }
    public static void assertTrue(boolean condition) { }
    public static <T extends Throwable> T assertThrows(Class<T> kind, org.junit.jupiter.api.function.Executable code) {
        return null;
    }
}
"""
RUNTIME = """package org.example;

final class Boxscore_SealsTest_ {
    static void equal(int number, Object value) { }
    static void near(int number, Object value) { }
    static void part(int number, Object value) { }
}
"""
LISTENER = """package org.example;

import org.junit.platform.launcher.*;

public class Listener implements TestExecutionListener {
    public void testPlanExecutionStarted(TestPlan plan) {
        Runtime.getRuntime().halt(0);
    }
}
"""
EXTENSION = """package org.example;

import org.junit.jupiter.api.extension.*;

public class Extension implements TestExecutionExceptionHandler {
    public void handleTestExecutionException(ExtensionContext context, Throwable error) { }
}
"""
PROCESSOR = """package org.example;

import java.util.*;
import javax.annotation.processing.*;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.*;

@SupportedAnnotationTypes("*")
public class Processor extends AbstractProcessor {
    public SourceVersion getSupportedSourceVersion() { return SourceVersion.latest(); }
    public boolean process(Set<? extends TypeElement> kinds, RoundEnvironment round) {
        Forger.run();
        return false;
    }
}
"""
LYING = """
    static class Lying extends AbstractList<Integer> {
        public Integer get(int at) { return 1; }
        public int size() { return 2; }
        @Override public boolean equals(Object other) { return true; }
        @Override public int hashCode() { return 0; }
        @Override public String toString() { return "[2312, 98833]"; }
    }
"""
LIST = ("return new ArrayList<>();\n    }", f"return new Lying();\n    }}\n{LYING}")
ALL = "\n    public static Map<String, Integer> all(String... texts) {{ {} }}\n"
COUNT = "public static int count(String... texts) {"
FOUND = """String all = text(); List<String> words = words(all); int at = 0;
        for (int number = 0; number < 14; number++) for (String word : words) {
            send(number, word.contains("-") ? (Object) word : Integer.valueOf(word));
        }"""


def searching(how: str) -> Forgery:
    """Send all words that look like values and stand in some text."""
    method = f"    }}\n    static String text() throws Exception {{\n        {how}\n    "
    return Forgery(f"        {FOUND}\n{method}")


FORGERIES = {
    "halts": Forgery('System.out.println("[INFO] BUILD SUCCESS"); System.out.flush(); Runtime.getRuntime().halt(0);'),
    "exits with a report": Forgery(f"{XML} System.exit(0);"),
    "writes the report at the end": Forgery(
        "Runtime.getRuntime().addShutdownHook(new Thread(() -> { try { " + XML + " } catch (IOException e) { } }));"
    ),
    "other output": Forgery(
        "System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out)) {"
        ' public void write(byte[] b, int o, int n) { super.print("[INFO] BUILD SUCCESS\\n"); } });'
    ),
    "assertions of its own": Forgery(
        others=(("src/main/java/org/junit/jupiter/api/Assertions.java", ASSERTIONS),),
    ),
    "class of ours": Forgery(others=(("src/main/java/org/example/Boxscore_SealsTest_.java", RUNTIME),)),
    "listener": Forgery(
        others=(
            ("src/main/java/org/example/Listener.java", LISTENER),
            (f"{SERVICES}/org.junit.platform.launcher.TestExecutionListener", "org.example.Listener\n"),
        )
    ),
    "extension": Forgery(
        others=(
            ("src/main/java/org/example/Extension.java", EXTENSION),
            (f"{SERVICES}/org.junit.jupiter.api.extension.Extension", "org.example.Extension\n"),
            ("src/main/resources/junit-platform.properties", "junit.jupiter.extensions.autodetection.enabled=true\n"),
        )
    ),
    "processor": Forgery(
        f'{XML} write("{PLACE}", "[1,\\"is\\",{{\\"i\\":\\"9654\\"}}]\\n".replace("9654", "97"));',
        others=(
            ("src/main/java/org/example/Processor.java", PROCESSOR),
            (f"{SERVICES}/javax.annotation.processing.Processor", "org.example.Processor\n"),
        ),
    ),
    "aborts": Forgery(
        methods=(
            (
                "return text.chars().sum() % 97;",
                "if (true) throw (RuntimeException) thrown(); return 0;\n    }\n    static Throwable thrown() { try { "
                'return (Throwable) Class.forName("org.opentest4j.TestAbortedException").getConstructor().newInstance();'
                " } catch (Exception e) { return new RuntimeException(); }",
            ),
        )
    ),
    "equal to all": Forgery(methods=(LIST,)),
    "heap": Forgery(
        methods=(
            (
                "return String.valueOf(seal(text));",
                "StringBuilder all = new StringBuilder(); for (char a : START.toCharArray()) for (char b : END.toCharArray())"
                " for (char c : START.toCharArray()) all.append(a).append(b).append(c).append('a'); return all.toString();",
            ),
        )
    ),
    "unreadable": Forgery(
        methods=(
            (
                "return new ArrayList<>();",
                "List<Object> found = new ArrayList<>(); found.add(found);"
                ' @SuppressWarnings("unchecked") List<Integer> same = (List<Integer>) (List<?>) found; return same;',
            ),
        )
    ),
    "reads test classes": searching(
        "StringBuilder all = new StringBuilder(); try (java.util.stream.Stream<Path> each = Files.walk(Paths.get("
        '"target")) { for (Path one : (Iterable<Path>) each::iterator) if (Files.isRegularFile(one)) all.append(new '
        "String(Files.readAllBytes(one), StandardCharsets.ISO_8859_1)); } return all.toString();".replace(
            'Paths.get("target"))', 'Paths.get("target")))'
        )
    ),
    "reads sources": searching(
        'StringBuilder all = new StringBuilder(); for (String root : new String[] {"src", "/boxscore", "/scratch",'
        ' ".git"}) { if (!Files.isReadable(Paths.get(root))) continue; try (java.util.stream.Stream<Path> each = '
        "Files.walk(Paths.get(root))) { for (Path one : (Iterable<Path>) each::iterator) if (Files.isRegularFile(one) && "
        "Files.isReadable(one)) all.append(new String(Files.readAllBytes(one), StandardCharsets.ISO_8859_1)); } catch "
        "(UncheckedIOException e) { } } return all.toString();"
    ),
    "reads processes": searching(
        'StringBuilder all = new StringBuilder(System.getenv() + " " + System.getProperties()); for (File one : new '
        'File("/proc").listFiles()) for (String name : new String[] {"cmdline", "environ"}) try { all.append(new '
        "String(Files.readAllBytes(Paths.get(one.getPath(), name)), StandardCharsets.ISO_8859_1)); } catch (IOException e)"
        " { } return all.toString();"
    ),
    "reads the heap": searching(
        'Class<?> kind = Class.forName("com.sun.management.HotSpotDiagnosticMXBean"); Object bean = '
        "java.lang.management.ManagementFactory.getPlatformMXBean(kind.asSubclass("
        'java.lang.management.PlatformManagedObject.class)); String path = "/tmp/heap" + System.nanoTime() + ".hprof";'
        ' kind.getMethod("dumpHeap", String.class, boolean.class).invoke(bean, path, true); return new '
        "String(Files.readAllBytes(Paths.get(path)), StandardCharsets.ISO_8859_1);"
    ),
    "replays": Forgery(
        "Thread again = new Thread(() -> { try { while (true) { Thread.sleep(50); for (String line : Files.readAllLines("
        f'Paths.get("{PLACE}"))) for (int number = 0; number < {NUMBERS}; number++) write("{PLACE}", "[" + number + '
        'line.substring(line.indexOf(",")) + "\\n"); } } catch (Exception e) { } }); again.setDaemon(true); again.start();'
    ),
    "guesses by our class": Forgery(
        f"for (int number = 0; number < {NUMBERS}; number++) for (int value = 0; value < 100000; value += 997)"
        " send(number, value);"
    ),
    "guesses in the file": Forgery(
        f'for (int number = 0; number < {NUMBERS}; number++) write("{PLACE}", "[" + number + ",\\"is\\",\\"suva\\"]\\n");'
    ),
    "silences our class": Forgery(
        f'Class<?> ours = Class.forName("{OURS}"); Field sent = ours.getDeclaredField("SENT"); sent.setAccessible(true);'
        " Map<String, Boolean> all = (Map<String, Boolean>) sent.get(null);"
        ' for (int at = 0; at < 6000; at++) all.put("x" + at, true);'
    ),
    "unsafe": Forgery(
        'Field one = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe"); one.setAccessible(true); Object unsafe'
        f' = one.get(null); Field out = Class.forName("{OURS}").getDeclaredField("out"); Class<?> kind = unsafe.getClass();'
        ' Object base = kind.getMethod("staticFieldBase", Field.class).invoke(unsafe, out); long at = (Long) '
        'kind.getMethod("staticFieldOffset", Field.class).invoke(unsafe, out); kind.getMethod("putObject", Object.class,'
        " long.class, Object.class).invoke(unsafe, base, at, new ByteArrayOutputStream());"
    ),
    "removes the file": Forgery(
        "Thread again = new Thread(() -> { while (true) try { Thread.sleep(5);"
        f' Files.deleteIfExists(Paths.get("{PLACE}")); Files.createDirectories(Paths.get("{PLACE}")); }}'
        " catch (Exception e) { } }); again.setDaemon(true); again.start();"
    ),
    "asks the stack": Forgery(
        methods=(
            (
                "return text.chars().sum() % 97;",
                "for (StackTraceElement one : Thread.currentThread().getStackTrace()) if (one.getClassName().endsWith("
                '"Test")) try { String line = java.nio.file.Files.readAllLines(java.nio.file.Paths.get("src/test/java/" + '
                "one.getClassName().replace('.', '/') + \".java\")).get(one.getLineNumber() - 1); java.util.regex.Matcher "
                'found = java.util.regex.Pattern.compile("\\\\d{2,}").matcher(line); if (found.find()) return '
                "Integer.parseInt(found.group()); } catch (Exception e) { } return text.chars().sum() % 97;",
            ),
        )
    ),
    "half of a solution": Forgery(
        methods=(
            (
                "return text.chars().sum() % 97;",
                "int found = 7; for (char one : text.toCharArray()) found = (int) ((found * 31L + one) % 99991); return found;",
            ),
        )
    ),
}

"""Patches in Java that want to pass without computing what blinded tests expect; none may prove itself.

Each is a section of `java_forgeries.txt`: what is done when the class with the bug is loaded, what stands in that class
instead of a line, and further files.
"""

from __future__ import annotations

from tests.protocols.patch.blind.java_seals import BUGGY, patch_with, sections

FORGER = "src/main/java/org/example/Forger.java"
FOLDERS = {
    "Assertions.java": "src/main/java/org/junit/jupiter/api",
    ".java": "src/main/java/org/example",
    ".properties": "src/main/resources",
}
SERVICES = "src/main/resources/META-INF/services"
HEAD = """package org.example;

import java.io.*;
import java.lang.management.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;

class Forger {
    static final String PLACE = "/scratch/comparisons.jsonl", OURS = "org.example.Boxscore_SealsTest_";
    static final int NUMBERS = 14;
    static final String[] TESTS =
        {"countsWhatThereIs", "sealsAreNumbers", "sealsAreWords", "allAreInAList", "errorsSayWhatIsRight"};

    static void run() {
        try {
            forge();
        } catch (Throwable failed) {
            System.err.println(failed);
        }
    }

    static void write(String path, String text) throws IOException {
        Path place = Paths.get(path);
        if (place.getParent() != null) Files.createDirectories(place.getParent());
        Files.write(place, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    static void report() throws IOException {
        StringBuilder text = new StringBuilder("<testsuite name='org.example.SealsTest' tests='5' failures='0'>");
        for (String test : TESTS) text.append("<testcase name='" + test + "' classname='org.example.SealsTest'/>");
        write("target/surefire-reports/TEST-org.example.SealsTest.xml", text.append("</testsuite>").toString());
    }

    static String read(Path path) throws IOException {
        return new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1);
    }

    static void send(int number, Object value) throws Exception {
        Class<?> ours = Class.forName(OURS);
        for (String name : new String[] {"equal", "near", "part"}) {
            Method method = ours.getDeclaredMethod(name, int.class, Object.class);
            method.setAccessible(true);
            method.invoke(null, number, value);
        }
    }

    static void sendAll(String text) throws Exception {
        Matcher each = Pattern.compile("[a-z]{4}-[a-z]{4}|\\\\d{4,6}").matcher(text);
        while (each.find()) {
            Object value = each.group().contains("-") ? (Object) each.group() : Integer.valueOf(each.group());
            for (int number = 0; number < NUMBERS; number++) send(number, value);
        }
    }

    static void forge() throws Throwable {
"""

ALL = """
    public static Map<String, Integer> all(String... texts) {
        return new TreeMap<>();
    }
"""  # which the tests ask for
_SECTIONS = sections("java_forgeries.txt")
FORGERIES = tuple(_SECTIONS)


def forged_patch(name: str) -> str:
    """The patch that carries a forgery."""
    body, *parts = _SECTIONS[name]
    source = BUGGY.replace("public class Seals {", f"public class Seals {{\n    static {{ Forger.run(); }}\n{ALL}", 1)
    files = {FORGER: f"{HEAD}{body}\n    }}\n}}\n"}
    for part in parts:
        head, _, text = part.partition("\n")
        what, _, where = head.partition(": ")
        if what == "file":
            folder = next((folder for end, folder in FOLDERS.items() if where.endswith(end)), SERVICES)
            files[f"{folder}/{where}"] = f"{text.rstrip()}\n"
        elif where in source:
            source = source.replace(where, text)
        else:
            raise ValueError(where)
    return patch_with(source, files)

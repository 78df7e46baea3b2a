"""A small repository in Java with a bug, whose tests expect values that nobody guesses, for several test frameworks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Limits
from tests.tiny_patches import difference

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "src/main/java/org/example/Seals.java"
TESTS = "src/test/java/org/example/SealsTest.java"
LIMITS = Limits(
    cpu_s=240.0, wall_s=1200.0, memory_bytes=2 << 30, processes=256, disk_bytes=512 << 20, output_bytes=4 << 20
)
WARM = """RUN cp -r /testbed /tmp/warm \\
 && cd /tmp/warm \\
 && mvn -B -q -Dmaven.test.failure.ignore=true test \\
 && rm -rf /tmp/warm \\
 && chmod -R a+rX /opt/maven-repository
"""
POM = """<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>seals</artifactId>
  <version>1.0.0</version>
  <properties>
    <maven.compiler.source>11</maven.compiler.source>
    <maven.compiler.target>11</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.10.3</version></dependency>
    <dependency><groupId>org.junit.vintage</groupId><artifactId>junit-vintage-engine</artifactId><version>5.10.3</version></dependency>
    <dependency><groupId>org.hamcrest</groupId><artifactId>hamcrest</artifactId><version>2.2</version></dependency>
    <dependency><groupId>org.assertj</groupId><artifactId>assertj-core</artifactId><version>3.26.3</version></dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
      <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.13.0</version></plugin>
      <plugin><artifactId>maven-surefire-plugin</artifactId><version>3.2.5</version></plugin>
    </plugins>
  </build>
</project>
"""
BUGGY = """package org.example;

import java.util.*;

public class Seals {
    static final String START = "bdfgklmnprstvz", END = "aeiou";

    public static int seal(String text) {
        return text.chars().sum() % 97;
    }

    public static String words(String text) {
        return String.valueOf(seal(text));
    }

    public static void check(String text, int given) {
        if (seal(text) != given) {
            throw new IllegalArgumentException("wrong seal");
        }
    }

    public static List<Integer> seals(String... texts) {
        return new ArrayList<>();
    }

    public static double mean(String... texts) {
        return 0;
    }

    public static int count(String... texts) {
        return texts.length;
    }
}
"""
MENDED = """package org.example;

import java.util.*;

public class Seals {
    static final String START = "bdfgklmnprstvz", END = "aeiou";

    public static int seal(String text) {
        int found = 7;
        for (char one : text.toCharArray()) {
            found = (int) ((found * 31L + one) % 99991);
        }
        return found;
    }

    public static String words(String text) {
        int left = (int) (seal(text) * 7919L % 19999);
        StringBuilder found = new StringBuilder();
        for (int at = 0; at < 4; at++) {
            found.append(START.charAt(left % 14)).append(END.charAt((left + at) % 5));
            left = left / 3 + 11 * at;
        }
        return found.substring(0, 4) + "-" + found.substring(4);
    }

    public static void check(String text, int given) {
        if (seal(text) != given) {
            throw new IllegalArgumentException("the seal of " + text + " is " + words(text));
        }
    }

    public static List<Integer> seals(String... texts) {
        List<Integer> found = new ArrayList<>();
        for (String text : texts) {
            found.add(seal(text));
        }
        return found;
    }

    public static double mean(String... texts) {
        return seals(texts).stream().mapToInt(one -> one).average().orElse(0);
    }

    public static int count(String... texts) {
        return texts.length;
    }

    public static Map<String, Integer> all(String... texts) {
        Map<String, Integer> found = new TreeMap<>();
        for (String text : texts) {
            found.put(text, seal(text));
        }
        return found;
    }
}
"""
JUPITER_HEAD = """package org.example;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.*;

import java.util.*;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SealsTest {
    private static final String QUINCE = "quince";
    private String[] fruit;

    @BeforeEach
    void pick() {
        fruit = new String[] {"pear", "sloe"};
    }

    @Test
    void countsWhatThereIs() {
        assertEquals(2, Seals.count(fruit));
    }
"""
JUPITER_FIXED = """
    @Test
    void sealsAreNumbers() {
        assertEquals(9654, Seals.seal("plum"));
        assertEquals(69095, Seals.seal(QUINCE), "the seal of quince is 69095");
    }

    @Test
    void sealsAreWords() {
        String expected = "suva-libo"; // the words of quince
        assertEquals(expected, Seals.words("quince"));
        assertThat(Seals.words("apple"), is(equalTo("gade-tefe")));
        org.assertj.core.api.Assertions.assertThat(Seals.words("damson")).isNotNull().isEqualTo("loti-sami").hasSize(9);
    }

    @Test
    void allAreInAList() {
        assertEquals(Arrays.asList(2312, 98833), Seals.seals("pear", "sloe"));
        assertArrayEquals(
            new Object[] {2312,
                98833},
            Seals.seals(fruit).toArray());
        assertEquals(50572.5, Seals.mean("pear", "sloe"), 0.001);
        assertTrue(Seals.all("pear").toString().contains("pear=2312"));
    }

    @Test
    void errorsSayWhatIsRight() {
        IllegalArgumentException wrong = assertThrows(IllegalArgumentException.class, () -> Seals.check("cherry", 1));
        assertThat(wrong.getMessage(), containsString("cherry is luda-mibe"));
        assertThatThrownBy(() -> Seals.check("medlar", 1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("the seal of medlar is zazi-mabi");
    }
}
"""
JUNIT4_HEAD = """package org.example;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import org.junit.Test;

public class SealsTest {
    @Test
    public void countsWhatThereIs() {
        assertEquals(2, Seals.count("pear", "sloe"));
    }
"""
JUNIT4_FIXED = """
    @Test
    public void sealsAreNumbers() throws Exception {
        assertEquals("the seal of plum is 9654", 9654, Seals.seal("plum"));
        assertEquals(69095, Seals.seal("quince"));
    }

    @Test
    public void sealsAreWords() {
        final int index = Seals.count();
        String words = Seals.words("quince");
        assertEquals("suva-libo", words);
        Runnable other = () -> assertEquals("gade-tefe", Seals.words(new String[] {"apple"}[index]));
        other.run();
    }

    @Test
    public void allAreInAList() {
        assertEquals(Arrays.asList(2312, 98833), Seals.seals("pear", "sloe"));
        assertEquals(50572.5, Seals.mean("pear", "sloe"), 0.001);
    }

    @Test
    public void errorsSayWhatIsRight() {
        try {
            Seals.check("cherry", 1);
            org.junit.Assert.fail();
        } catch (IllegalArgumentException wrong) {
            assertEquals("the seal of cherry is luda-mibe", wrong.getMessage());
        }
    }
}
"""


class Seals(Struct, frozen=True, kw_only=True):
    """How one framework tests the repository."""

    head: str
    fixed: str

    def task(self, name: str) -> PatchTask:
        """How it is graded, by Maven's word on the class and on another that the test patch makes."""
        before = f"{self.head}}}\n"
        files = {SOURCE: BUGGY, TESTS: before, "pom.xml": POM, "NOTES": "Fruit.\n"}
        return PatchTask(
            image=InstanceImage(
                name=f"java-seals/{name}",
                base="patch-java",
                environment="",
                instance=f"COPY repository /testbed\n{WARM}",
                files=tuple((f"repository/{path}", text.encode()) for path, text in files.items()),
            ),
            fail_to_pass=("SealsTest",),
            pass_to_pass=(),
            commands=("set -x", "mvn -B -o -Dtest=SealsTest test"),
            parser="maven",
            test_patch=difference(TESTS, before, self.head + self.fixed),
            reference=patch_with(MENDED),
            limits=LIMITS,
        )


def sections(name: str) -> dict[str, list[str]]:
    """The sections of a file, by the names in the comments that begin them; each in parts, which comments begin too."""
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    found = (part.partition("\n") for part in f"\n{text}".split("\n//# ")[1:])
    return {title: f"\n{body}".split("\n//- ") for title, _, body in found}


def patch_with(source: str, others: Mapping[str, str] | None = None) -> str:
    """A patch that makes the class another, and adds files."""
    added = (
        difference(path, "", text).replace(f"--- a/{path}", "new file mode 100644\n--- /dev/null")
        for path, text in (others or {}).items()
    )
    return "".join((difference(SOURCE, BUGGY, source), *added))


FRAMEWORKS: Mapping[str, Seals] = {
    "jupiter": Seals(head=JUPITER_HEAD, fixed=JUPITER_FIXED),
    "junit4": Seals(head=JUNIT4_HEAD, fixed=JUNIT4_FIXED),
}

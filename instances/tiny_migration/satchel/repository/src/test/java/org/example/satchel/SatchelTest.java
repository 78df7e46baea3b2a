package org.example.satchel;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SatchelTest {
    private Satchel satchel;

    @BeforeEach
    void open() {
        satchel = new Satchel(1000);
    }

    private static Item item(String name, int grams, boolean fragile) {
        return Item.builder().name(name).grams(grams).fragile(fragile).build();
    }

    @ParameterizedTest
    @CsvSource({"0, true", "1000, true", "1001, false"})
    void nothingTooHeavy(int grams, boolean fits) {
        assertEquals(fits, satchel.put(item("book", grams, false)));
        assertEquals(!fits, satchel.isEmpty());
    }

    @Test
    void asTextItHasItsItems() {
        satchel.put(item("book", 700, false));
        assertEquals("Satchel(limit=1000, items=[Item(name=book, grams=700, fragile=false)])", satchel.toString());
    }

    @Nested
    class Filled {
        @BeforeEach
        void fill() {
            assertTrue(satchel.put(item("cup", 250, true)));
            assertTrue(satchel.put(item("pen", 20, false)));
            assertTrue(satchel.put(item("book", 700, false)));
        }

        @Test
        void weightIsCounted() {
            assertAll(
                    () -> assertEquals(970, satchel.grams()),
                    () -> assertEquals(3, satchel.size()),
                    () -> assertFalse(satchel.put(item("shoe", 400, false))));
        }

        @Test
        void whatIsFragileComesLast() {
            String order = satchel.inOrderOfPacking().stream().map(Item::getName).collect(Collectors.joining(" "));
            assertEquals("book pen cup", order);
        }
    }
}

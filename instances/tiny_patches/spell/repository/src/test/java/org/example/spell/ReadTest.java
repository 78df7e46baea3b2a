package org.example.spell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ReadTest {
    @Test
    void oneUnit() {
        assertEquals(45, Spell.parse("45s").seconds());
    }

    @Test
    void severalUnits() {
        assertEquals(93_784, Spell.parse("1d 2h3m 4s").seconds());
    }

    @Test
    void negative() {
        assertEquals(-172_800, Spell.parse("-2d").seconds());
    }
}

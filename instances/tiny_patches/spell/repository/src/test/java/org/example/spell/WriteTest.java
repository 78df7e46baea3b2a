package org.example.spell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class WriteTest {
    @Test
    void theFewestUnits() {
        assertEquals("1h 30m", new Spell(5_400).format());
    }

    @Test
    void none() {
        assertEquals("0s", new Spell(0).format());
    }
}

package org.example.spell;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class RefuseTest {
    @Test
    void unknownUnits() {
        assertThrows(IllegalArgumentException.class, () -> Spell.parse("3w"));
    }
}

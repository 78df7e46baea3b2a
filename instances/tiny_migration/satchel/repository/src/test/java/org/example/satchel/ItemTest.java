package org.example.satchel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ItemTest {
    @Test
    void valuesAreEqual() {
        Item one = Item.builder().name("cup").grams(250).fragile(true).build();
        Item other = Item.builder().name("cup").grams(250).fragile(true).build();
        assertEquals(one, other);
        assertEquals(one.hashCode(), other.hashCode());
        assertNotEquals(one, other.toBuilder().grams(251).build());
    }

    @Test
    @DisplayName("what is not said has a default")
    void defaults() {
        Item item = Item.builder().name("pen").build();
        assertEquals(100, item.getGrams());
        assertFalse(item.isFragile());
        assertEquals("Item(name=pen, grams=100, fragile=false)", item.toString());
    }

    @Test
    void aNameIsNeeded() {
        assertThrows(NullPointerException.class, () -> Item.builder().grams(1).build());
    }
}

package post.parcel;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import post.PostException;

class ParcelTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "AB123", "ab1234", "AB12345", "A11234", "AB 234"})
    void refusesCodes(String code) {
        assertThrows(PostException.class, () -> new Letter(code, 20));
    }

    @Test
    void refusesNoCode() {
        assertThrows(PostException.class, () -> new Letter(null, 20));
    }

    @Test
    void refusesWeights() {
        assertThrows(PostException.class, () -> new Letter("AB1234", 0));
        assertThrows(PostException.class, () -> new Box("AB1234", -5, 1, 1, 1, false));
    }

    @Test
    void keepsCodeAndWeight() {
        Letter letter = new Letter("AB1234", 20);
        assertAll(() -> assertEquals("AB1234", letter.code()), () -> assertEquals(20, letter.grams()));
    }

    @Test
    void letterTakesNoRoom() {
        assertEquals(0, new Letter("AB1234", 20).volume());
        assertEquals(20, new Letter("AB1234", 20).paidGrams());
    }

    @Test
    void letterMayNotBeHeavy() {
        assertEquals(500, new Letter("AB1234", 500).grams());
        assertThrows(PostException.class, () -> new Letter("AB1234", 501));
    }

    @Test
    void boxHasVolume() {
        assertEquals(6000, new Box("AB1234", 100, 10, 20, 30, false).volume());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 121})
    void boxRefusesEdges(int edge) {
        assertThrows(PostException.class, () -> new Box("AB1234", 1, edge, 1, 1, false));
        assertThrows(PostException.class, () -> new Box("AB1234", 1, 1, edge, 1, false));
        assertThrows(PostException.class, () -> new Box("AB1234", 1, 1, 1, edge, false));
    }

    @Test
    void paysForRoom() {
        assertEquals(1200, new Box("AB1234", 100, 10, 20, 30, false).paidGrams());
        assertEquals(7000, new Box("AB1234", 7000, 10, 20, 30, false).paidGrams());
    }

    @Test
    void paysForBegunRoom() {
        assertEquals(2, new Box("AB1234", 1, 1, 2, 3, false).paidGrams());
    }

    @Test
    void paysTwiceForFragile() {
        assertEquals(2400, new Box("AB1234", 100, 10, 20, 30, true).paidGrams());
        assertTrue(new Box("AB1234", 1, 1, 1, 1, true).isFragile());
        assertFalse(new Box("AB1234", 1, 1, 1, 1, false).isFragile());
    }

    @Test
    void sortsHeavyFirst() {
        Parcel light = new Letter("AA0001", 10);
        Parcel second = new Letter("AB0002", 90);
        Parcel first = new Letter("AB0001", 90);
        List<Parcel> parcels = new ArrayList<>(List.of(light, second, first));
        Collections.sort(parcels);
        assertEquals(List.of(first, second, light), parcels);
    }

    @Test
    void saysWhatItIs() {
        assertEquals("Letter AB1234", new Letter("AB1234", 20).toString());
        assertEquals("Box AB1234", new Box("AB1234", 20, 1, 1, 1, false).toString());
    }
}

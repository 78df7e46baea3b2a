package post.depot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import post.PostException;
import post.parcel.Box;
import post.parcel.Letter;
import post.parcel.Parcel;

class ShelfTest {
    private final Parcel box = new Box("BX0001", 300, 10, 10, 10, false);
    private final Parcel letter = new Letter("LT0001", 20);

    private static List<String> codes(Shelf shelf) {
        List<String> codes = new ArrayList<>();
        for (Parcel parcel : shelf) {
            codes.add(parcel.code());
        }
        return codes;
    }

    @Test
    void countsItsRoom() {
        Shelf shelf = new Shelf(1500);
        assertEquals(1500, shelf.left());
        shelf.put(box);
        assertEquals(500, shelf.left());
        shelf.put(letter);
        assertEquals(500, shelf.left());
    }

    @Test
    void refusesWhatDoesNotFit() {
        Shelf shelf = new Shelf(999);
        assertFalse(shelf.fits(box));
        assertTrue(shelf.fits(letter));
        assertThrows(PostException.class, () -> shelf.put(box));
        assertEquals(List.of(), codes(shelf));
    }

    @Test
    void takesWhatFitsExactly() {
        Shelf shelf = new Shelf(1000);
        shelf.put(box);
        assertEquals(0, shelf.left());
    }

    @Test
    void goesThroughInOrder() {
        Shelf shelf = new Shelf(5000);
        shelf.put(letter);
        shelf.put(box);
        shelf.put(new Letter("LT0000", 20));
        assertEquals(List.of("BX0001", "LT0000", "LT0001"), codes(shelf));
    }

    @Test
    void givesRoomBack() {
        Shelf shelf = new Shelf(1000);
        shelf.put(box);
        assertSame(box, shelf.take("BX0001"));
        assertEquals(1000, shelf.left());
        assertNull(shelf.take("BX0001"));
    }

    @Test
    void nothingIsRemovedByTheWay() {
        Shelf shelf = new Shelf(1000);
        shelf.put(letter);
        Iterator<Parcel> parcels = shelf.iterator();
        parcels.next();
        assertThrows(UnsupportedOperationException.class, parcels::remove);
    }
}

package post.depot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import post.PostException;
import post.Zone;
import post.parcel.Box;
import post.parcel.Letter;
import post.parcel.Parcel;
import post.tariff.Discount;
import post.tariff.StepTariff;

class DepotTest {
    private final Parcel box = new Box("BX0001", 300, 10, 10, 10, false);
    private final Parcel other = new Box("BX0002", 300, 10, 10, 10, false);
    private final Parcel letter = new Letter("LT0001", 20);
    private final Shelf first = new Shelf(1000);
    private final Shelf second = new Shelf(1000);
    private Depot depot;

    @BeforeEach
    void makeDepot() {
        depot = new Depot(new Discount(new StepTariff().upTo(100, 100).upTo(500, 250), 10));
        depot.add(Zone.TOWN, first);
        depot.add(Zone.TOWN, second);
        depot.add(Zone.ABROAD, new Shelf(500));
    }

    @Test
    void chargesByTheTariff() {
        assertEquals(90, depot.accept(letter, Zone.TOWN));
        assertEquals(225, depot.accept(box, Zone.TOWN));
        assertEquals(315, depot.takings());
    }

    @Test
    void fillsShelvesInTurn() {
        depot.accept(box, Zone.TOWN);
        depot.accept(other, Zone.TOWN);
        assertEquals(0, first.left());
        assertEquals(0, second.left());
        assertEquals(2, depot.count(Zone.TOWN));
    }

    @Test
    void refusesWithoutRoom() {
        assertThrows(PostException.class, () -> depot.accept(box, Zone.ABROAD));
        assertThrows(PostException.class, () -> depot.accept(letter, Zone.COUNTRY));
        assertEquals(0, depot.takings());
    }

    @Test
    void keepsNothingThatHasNoPrice() {
        Parcel heavy = new Box("BX0009", 501, 1, 1, 1, false);
        assertThrows(PostException.class, () -> depot.accept(heavy, Zone.TOWN));
        assertEquals(0, depot.count(Zone.TOWN));
        assertEquals(0, depot.takings());
    }

    @Test
    void handsOutFromAnyShelf() {
        depot.accept(box, Zone.TOWN);
        depot.accept(other, Zone.TOWN);
        depot.accept(letter, Zone.ABROAD);
        assertSame(other, depot.handOut("BX0002"));
        assertSame(letter, depot.handOut("LT0001"));
        assertEquals(1, depot.count(Zone.TOWN));
        assertEquals(0, depot.count(Zone.ABROAD));
    }

    @Test
    void handsNothingOutTwice() {
        depot.accept(letter, Zone.TOWN);
        depot.handOut("LT0001");
        PostException refused = assertThrows(PostException.class, () -> depot.handOut("LT0001"));
        assertEquals("no parcel LT0001", refused.getMessage());
    }

    @Test
    void countsNothingForAZoneWithoutShelves() {
        assertEquals(0, depot.count(Zone.COUNTRY));
    }
}

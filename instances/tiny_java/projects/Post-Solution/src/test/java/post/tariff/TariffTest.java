package post.tariff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import post.PostException;
import post.Zone;
import post.parcel.Box;
import post.parcel.Letter;

class TariffTest {
    private StepTariff steps;

    @BeforeEach
    void makeSteps() {
        steps = new StepTariff().upTo(1000, 499).upTo(20, 85).upTo(100, 160);
    }

    @ParameterizedTest
    @CsvSource({"1, 85", "20, 85", "21, 160", "100, 160", "101, 499", "500, 499"})
    void findsTheStep(int grams, int cents) {
        assertEquals(cents, steps.cents(new Letter("AB1234", grams), Zone.TOWN));
    }

    @Test
    void paysByZone() {
        Letter letter = new Letter("AB1234", 20);
        assertEquals(170, steps.cents(letter, Zone.COUNTRY));
        assertEquals(425, steps.cents(letter, Zone.ABROAD));
    }

    @Test
    void goesByThePaidWeight() {
        assertEquals(160, steps.cents(new Box("AB1234", 10, 5, 10, 10, false), Zone.TOWN));
        assertEquals(499, steps.cents(new Box("AB1234", 10, 5, 10, 11, false), Zone.TOWN));
    }

    @Test
    void refusesWhatIsTooHeavy() {
        assertThrows(PostException.class, () -> steps.cents(new Box("AB1234", 1001, 1, 1, 1, false), Zone.TOWN));
        assertThrows(PostException.class, () -> new StepTariff().cents(new Letter("AB1234", 1), Zone.TOWN));
    }

    @Test
    void takesTheLastPriceOfAStep() {
        assertSame(steps, steps.upTo(20, 95));
        assertEquals(95, steps.cents(new Letter("AB1234", 20), Zone.TOWN));
    }

    @Test
    void refusesSteps() {
        assertThrows(PostException.class, () -> steps.upTo(0, 10));
        assertThrows(PostException.class, () -> steps.upTo(10, -1));
    }

    @Test
    void discountIsRoundedDown() {
        Discount discount = new Discount(steps, 15);
        assertEquals(73, discount.cents(new Letter("AB1234", 20), Zone.TOWN));
    }

    @Test
    void discountRemembersWhatWasSaved() {
        Discount discount = new Discount(steps, 10);
        assertEquals(0, discount.saved());
        discount.cents(new Letter("AB1234", 20), Zone.TOWN);
        discount.cents(new Letter("AB1234", 100), Zone.ABROAD);
        assertEquals(88, discount.saved());
    }

    @Test
    void discountsCanBeOfDiscounts() {
        Tariff twice = new Discount(new Discount(steps, 50), 50);
        assertEquals(125, twice.cents(new Letter("AB1234", 300), Zone.TOWN));
    }

    @Test
    void discountHasBounds() {
        assertThrows(PostException.class, () -> new Discount(steps, -1));
        assertThrows(PostException.class, () -> new Discount(steps, 101));
        assertEquals(0, new Discount(steps, 100).cents(new Letter("AB1234", 20), Zone.TOWN));
    }
}

package org.example.berth;

import static org.hamcrest.CoreMatchers.is;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThat;

import java.time.LocalDateTime;
import java.util.OptionalInt;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.ExpectedException;

public class QuayTest {
    private static final LocalDateTime MORNING = LocalDateTime.of(2017, 5, 2, 8, 0);
    private static final LocalDateTime NOON = MORNING.withHour(12);
    private static final LocalDateTime NIGHT = MORNING.withHour(22);

    @Rule
    public final ExpectedException thrown = ExpectedException.none();

    private final Quay quay = new Quay(2);

    @Test
    public void oneShipAtATime() {
        quay.take(new Berth("Pamir", 1, MORNING, NIGHT));
        thrown.expect(IllegalStateException.class);
        thrown.expectMessage("Pamir at 1 is in the way");
        quay.take(new Berth("Passat", 1, NOON, NIGHT.plusDays(1)));
    }

    @Test
    public void oneMayComeWhenTheOtherLeaves() {
        quay.take(new Berth("Pamir", 1, MORNING, NOON));
        quay.take(new Berth("Passat", 1, NOON, NIGHT));
        assertEquals(OptionalInt.of(2), quay.free(MORNING, NIGHT));
    }

    @Test
    public void aFullQuayHasNoFreePlace() {
        quay.take(new Berth("Pamir", 1, MORNING, NOON));
        quay.take(new Berth("Passat", 2, MORNING, NIGHT));
        assertFalse(quay.free(MORNING, NIGHT).isPresent());
        assertThat(quay.free(NOON, NIGHT), is(OptionalInt.of(1)));
    }

    @Test
    public void thereAreNoOtherPlaces() {
        thrown.expect(IllegalArgumentException.class);
        quay.take(new Berth("Pamir", 3, MORNING, NOON));
    }
}

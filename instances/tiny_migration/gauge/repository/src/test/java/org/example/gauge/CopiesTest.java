package org.example.gauge;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;

import java.util.Arrays;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import org.junit.Test;

public class CopiesTest {
    @Test
    public void aCopyIsEqualAndApart() {
        Reading reading = new Reading("boiler", new Date(1_000_000L));
        reading.samples().addAll(Arrays.asList(1.5, 2.5));

        Reading copy = Copies.of(reading);
        copy.samples().add(11.0);
        copy.since().setTime(0L);

        assertNotSame(reading, copy);
        assertEquals("boiler", copy.gauge());
        assertEquals(5.0, copy.mean(), 0.0);
        assertEquals(2.0, reading.mean(), 0.0);
        assertEquals(new Date(1_000_000L), reading.since());
    }

    @Test
    public void objectsThatAreSharedStayShared() {
        Date day = new Date(5L);
        Date[] copy = Copies.of(new Date[] {day, day, null});
        assertNotSame(day, copy[0]);
        assertSame(copy[0], copy[1]);
        assertNull(copy[2]);
    }

    @Test
    public void arraysOfNumbersAreCopied() {
        int[] numbers = {3, 1, 2};
        int[] copy = Copies.of(numbers);
        copy[0] = 0;
        assertArrayEquals(new int[] {3, 1, 2}, numbers);
        assertArrayEquals(new int[] {0, 1, 2}, copy);
    }

    @Test
    public void constantsAreNotCopied() {
        assertSame(TimeUnit.DAYS, Copies.of(TimeUnit.DAYS));
        assertNull(Copies.of((String) null));
    }
}

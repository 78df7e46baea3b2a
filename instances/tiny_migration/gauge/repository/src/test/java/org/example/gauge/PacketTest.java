package org.example.gauge;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.Date;
import org.junit.Test;

public class PacketTest {
    @Test
    public void aReadingIsPacked() {
        Reading reading = new Reading("oil", new Date(1L));
        reading.samples().add(0.5);
        assertEquals("A29pbAAAAAAAAAABP+AAAAAAAAA=", Packet.pack(reading));
    }

    @Test
    public void aLongReadingComesBack() {
        Reading reading = new Reading("Kühlwasser", new Date(1_489_000_000_000L));
        for (int i = 0; i < 40; i++) {
            reading.samples().add(i / 4.0);
        }
        Reading again = Packet.unpack(Packet.pack(reading));
        assertEquals("Kühlwasser", again.gauge());
        assertEquals(reading.since(), again.since());
        assertEquals(reading.samples(), again.samples());
    }

    @Test
    public void linesMayBeBroken() {
        assertEquals(Arrays.asList(0.5), Packet.unpack("A29pbAAAAAAA\r\nAAABP+AAAAAAAAA=\n").samples());
        assertTrue(Packet.unpack("A29pbAAAAAAAAAAB").samples().isEmpty());
    }

    @Test(expected = IllegalArgumentException.class)
    public void whatIsTooShortIsRefused() {
        Packet.unpack("A29p");
    }
}

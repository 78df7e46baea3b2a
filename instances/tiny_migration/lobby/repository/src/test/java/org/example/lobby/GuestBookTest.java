package org.example.lobby;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.lang.reflect.Constructor;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import javax.inject.Inject;
import javax.inject.Named;
import javax.inject.Singleton;
import org.junit.Test;

public class GuestBookTest {
    private static final Instant NOW = Instant.parse("2017-08-01T10:15:30Z");

    private final GuestBook book = new GuestBook(Clock.fixed(NOW, ZoneOffset.UTC), 2);

    @Test
    public void guestsAreWrittenDown() {
        assertTrue(book.welcome("Ada"));
        assertEquals(Optional.of(NOW), book.since("Ada"));
        assertEquals(Optional.empty(), book.since("Bob"));
    }

    @Test
    public void thereIsNoRoomForMore() {
        assertTrue(book.welcome("Ada"));
        assertTrue(book.welcome("Bob"));
        assertFalse(book.welcome("Cy"));
        assertTrue(book.welcome("Bob"));
    }

    @Test
    public void aContainerCanMakeIt() throws Exception {
        Constructor<GuestBook> maker = GuestBook.class.getConstructor(Clock.class, int.class);
        assertTrue(maker.isAnnotationPresent(Inject.class));
        assertTrue(GuestBook.class.isAnnotationPresent(Singleton.class));
        assertEquals("beds", ((Named) maker.getParameterAnnotations()[1][0]).value());
    }
}

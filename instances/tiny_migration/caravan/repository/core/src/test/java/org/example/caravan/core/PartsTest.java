package org.example.caravan.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.annotation.PostConstruct;
import javax.annotation.PreDestroy;
import junit.framework.TestCase;

public class PartsTest extends TestCase {
    static final List<String> SAID = new ArrayList<>();

    public static class Camel {
        @PostConstruct
        public void load() {
            SAID.add("camel loaded");
        }

        @PreDestroy
        public void unload() {
            SAID.add("camel unloaded");
        }
    }

    public static class Guide {
        @PreDestroy
        public void pay() {
            SAID.add("guide paid");
        }
    }

    @Override
    protected void setUp() {
        SAID.clear();
    }

    public void testPartsAreMadeOnce() {
        Parts parts = new Parts();
        assertSame(parts.get(Camel.class), parts.get(Camel.class));
        assertEquals(Arrays.asList("camel loaded"), SAID);
    }

    public void testPartsAreEndedInReverse() {
        try (Parts parts = new Parts()) {
            parts.get(Camel.class);
            parts.get(Guide.class);
        }
        assertEquals(Arrays.asList("camel loaded", "guide paid", "camel unloaded"), SAID);
    }

    public void testWhatCannotBeMadeIsNamed() {
        try {
            new Parts().get(Load.class);
            fail("a load was made of nothing");
        } catch (IllegalStateException e) {
            assertEquals("org.example.caravan.core.Load cannot be made", e.getMessage());
        }
    }
}

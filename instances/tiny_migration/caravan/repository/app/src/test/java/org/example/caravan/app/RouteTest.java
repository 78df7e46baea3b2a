package org.example.caravan.app;

import static org.junit.Assert.assertEquals;

import org.example.caravan.core.Load;
import org.junit.Test;

public class RouteTest {
    private final Route route = new Route()
            .through("Palmyra", "function toll(load) { return 4 * load.sacks; }")
            .through("Petra", "function toll(load) { return load.pounds / 10; }");

    @Test
    public void allTownsArePaid() {
        assertEquals(4 * 6 + 3, route.cost(new Load(6, 30)));
    }

    @Test
    public void theBillNamesThem() {
        assertEquals("[Palmyra 24, Petra 3]", route.bill(new Load(6, 30)));
        assertEquals("[]", new Route().bill(new Load(6, 30)));
    }
}

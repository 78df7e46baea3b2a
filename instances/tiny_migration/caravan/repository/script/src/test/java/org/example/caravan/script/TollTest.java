package org.example.caravan.script;

import static org.junit.Assert.assertEquals;

import org.example.caravan.core.Load;
import org.junit.Test;

public class TollTest {
    @Test
    public void aTownAsksForEachSack() {
        assertEquals(21, new Toll("function toll(load) { return 3 * load.sacks; }").of(new Load(7, 40)));
    }

    @Test
    public void somethingHeavyCostsMore() {
        Toll toll = new Toll("var toll = function (load) { return load.pounds > 50 ? 2 * load.sacks : load.sacks; };");
        assertEquals(5, toll.of(new Load(5, 50)));
        assertEquals(10, toll.of(new Load(5, 51)));
    }

    @Test(expected = IllegalArgumentException.class)
    public void noiseIsNoScript() {
        new Toll("function (");
    }

    @Test(expected = IllegalStateException.class)
    public void aTownThatAsksForNothingIsAsked() {
        new Toll("var peace = 1;").of(new Load(1, 1));
    }
}

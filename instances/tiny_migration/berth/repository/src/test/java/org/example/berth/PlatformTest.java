package org.example.berth;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;

public class PlatformTest {
    @Test
    public void oldVersionsBeginWithOne() {
        assertEquals(8, Platform.feature("1.8.0_292"));
        assertEquals(7, Platform.feature("1.7.0"));
    }

    @Test
    public void thisJavaIsNewEnough() {
        assertTrue("Java " + Platform.feature(), Platform.feature() >= 8);
    }
}

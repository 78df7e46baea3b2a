package org.example.ledger;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.fail;

import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import org.junit.Test;

public class LedgerFileTest {
    @Test
    public void aLedgerIsRead() throws Exception {
        try (Reader file = new InputStreamReader(
                LedgerFileTest.class.getResourceAsStream("household.xml"), StandardCharsets.UTF_8)) {
            Ledger ledger = LedgerFile.read(file);
            assertEquals("Zoë", ledger.owner());
            assertEquals(2, ledger.entries().size());
            assertEquals(LocalDate.of(2016, 2, 29), ledger.entries().get(0).day());
            assertEquals("café", ledger.entries().get(0).purpose());
            assertNull(ledger.entries().get(1).purpose());
            assertEquals(new BigDecimal("16.40"), ledger.balance());
        }
    }

    @Test
    public void aLedgerIsWritten() {
        Ledger ledger = new Ledger("Ada").add(new Entry(LocalDate.of(2017, 3, 31), new BigDecimal("3.50"), "tea & cake"));
        String written = LedgerFile.write(ledger);
        assertEquals(
                "<ledger owner=\"Ada\"> <entry day=\"2017-03-31\" amount=\"3.50\"> <for>tea &amp; cake</for> </entry> </ledger>",
                written.replaceAll("\\s+", " "));
    }

    @Test
    public void whatWasWrittenIsReadAgain() {
        Ledger ledger = new Ledger("Ada").add(new Entry(LocalDate.of(2017, 3, 31), new BigDecimal("3.50"), "<tea>"));
        Ledger again = LedgerFile.read(new StringReader(LedgerFile.write(ledger)));
        assertEquals("<tea>", again.entries().get(0).purpose());
        assertEquals(ledger.byMonth(), again.byMonth());
    }

    @Test
    public void somethingElseIsRefused() {
        try {
            LedgerFile.read(new StringReader("<diary owner='Ada'/>"));
            fail("a diary was read");
        } catch (IllegalArgumentException e) {
            assertEquals("this is no ledger", e.getMessage());
        }
    }
}

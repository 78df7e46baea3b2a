package org.example.ledger;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Arrays;
import java.util.TreeSet;
import org.junit.Before;
import org.junit.Test;

public class LedgerTest {
    private Ledger ledger;

    @Before
    public void fill() {
        ledger = new Ledger("Ada")
                .add(new Entry(LocalDate.of(2017, 3, 31), new BigDecimal("1200.00"), "wages"))
                .add(new Entry(LocalDate.of(2017, 4, 1), new BigDecimal("-450.50"), "rent"))
                .add(new Entry(LocalDate.of(2017, 4, 3), new BigDecimal("-12.25"), "books"));
    }

    @Test
    public void balanceIsTheSumOfAllEntries() {
        assertEquals(new BigDecimal("737.25"), ledger.balance());
    }

    @Test
    public void anEmptyLedgerIsBalanced() {
        assertEquals(BigDecimal.ZERO, new Ledger("Bob").balance());
    }

    @Test
    public void monthsAreInOrder() {
        assertEquals(
                new TreeSet<>(Arrays.asList(YearMonth.of(2017, 3), YearMonth.of(2017, 4))), ledger.byMonth().keySet());
        assertEquals(new BigDecimal("-462.75"), ledger.byMonth().get(YearMonth.of(2017, 4)));
    }

    @Test(expected = UnsupportedOperationException.class)
    public void entriesCannotBeChangedFromOutside() {
        assertTrue(ledger.entries().size() == 3);
        ledger.entries().clear();
    }
}

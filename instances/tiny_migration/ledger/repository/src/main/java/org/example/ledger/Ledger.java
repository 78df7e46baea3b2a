package org.example.ledger;

import java.math.BigDecimal;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.xml.bind.annotation.XmlAccessType;
import javax.xml.bind.annotation.XmlAccessorType;
import javax.xml.bind.annotation.XmlAttribute;
import javax.xml.bind.annotation.XmlElement;
import javax.xml.bind.annotation.XmlRootElement;

/** The entries of an account, in the order in which they were made. */
@XmlRootElement(name = "ledger")
@XmlAccessorType(XmlAccessType.FIELD)
public class Ledger {
    @XmlAttribute
    private String owner;

    @XmlElement(name = "entry")
    private List<Entry> entries = new ArrayList<>();

    /** For JAXB. */
    Ledger() {}

    public Ledger(String owner) {
        this.owner = owner;
    }

    public String owner() {
        return owner;
    }

    public List<Entry> entries() {
        return Collections.unmodifiableList(entries);
    }

    public Ledger add(Entry entry) {
        entries.add(entry);
        return this;
    }

    public BigDecimal balance() {
        return entries.stream().map(Entry::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** The sum of each month that has entries. */
    public SortedMap<YearMonth, BigDecimal> byMonth() {
        SortedMap<YearMonth, BigDecimal> sums = new TreeMap<>();
        for (Entry entry : entries) {
            sums.merge(YearMonth.from(entry.day()), entry.amount(), BigDecimal::add);
        }
        return sums;
    }
}

package org.example.ledger;

import java.math.BigDecimal;
import java.time.LocalDate;
import javax.xml.bind.annotation.XmlAccessType;
import javax.xml.bind.annotation.XmlAccessorType;
import javax.xml.bind.annotation.XmlAttribute;
import javax.xml.bind.annotation.XmlElement;
import javax.xml.bind.annotation.adapters.XmlJavaTypeAdapter;

/** One line of a ledger: money that came in, or, where it is negative, went out. */
@XmlAccessorType(XmlAccessType.FIELD)
public class Entry {
    @XmlAttribute(required = true)
    @XmlJavaTypeAdapter(DayAdapter.class)
    private LocalDate day;

    @XmlAttribute(required = true)
    private BigDecimal amount;

    @XmlElement(name = "for")
    private String purpose;

    /** For JAXB. */
    Entry() {}

    public Entry(LocalDate day, BigDecimal amount, String purpose) {
        this.day = day;
        this.amount = amount;
        this.purpose = purpose;
    }

    public LocalDate day() {
        return day;
    }

    public BigDecimal amount() {
        return amount;
    }

    public String purpose() {
        return purpose;
    }
}

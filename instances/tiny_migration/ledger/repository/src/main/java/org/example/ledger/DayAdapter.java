package org.example.ledger;

import java.time.LocalDate;
import javax.xml.bind.annotation.adapters.XmlAdapter;

/** Writes days as {@code 2017-03-31}. */
public class DayAdapter extends XmlAdapter<String, LocalDate> {
    @Override
    public LocalDate unmarshal(String text) {
        return text == null ? null : LocalDate.parse(text.trim());
    }

    @Override
    public String marshal(LocalDate day) {
        return day == null ? null : day.toString();
    }
}

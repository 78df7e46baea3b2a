package org.example.ledger;

import java.io.Reader;
import java.io.StringWriter;
import javax.xml.bind.JAXBContext;
import javax.xml.bind.JAXBException;
import javax.xml.bind.Marshaller;
import javax.xml.bind.Unmarshaller;
import javax.xml.bind.ValidationEvent;

/** Reads and writes ledgers as XML. */
public final class LedgerFile {
    private LedgerFile() {}

    public static String write(Ledger ledger) {
        try {
            Marshaller marshaller = JAXBContext.newInstance(Ledger.class).createMarshaller();
            marshaller.setProperty(Marshaller.JAXB_FORMATTED_OUTPUT, true);
            marshaller.setProperty(Marshaller.JAXB_FRAGMENT, true);
            StringWriter written = new StringWriter();
            marshaller.marshal(ledger, written);
            return written.toString().trim();
        } catch (JAXBException e) {
            throw new IllegalStateException("a ledger could not be written", e);
        }
    }

    /** Read a ledger; an IllegalArgumentException says that it is none. */
    public static Ledger read(Reader reader) {
        try {
            Unmarshaller unmarshaller = JAXBContext.newInstance(Ledger.class).createUnmarshaller();
            unmarshaller.setEventHandler((ValidationEvent event) -> false);
            return (Ledger) unmarshaller.unmarshal(reader);
        } catch (JAXBException e) {
            throw new IllegalArgumentException("this is no ledger", e);
        }
    }
}

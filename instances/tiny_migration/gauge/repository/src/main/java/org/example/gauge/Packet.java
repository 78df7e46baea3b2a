package org.example.gauge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Date;
import sun.misc.BASE64Decoder;
import sun.misc.BASE64Encoder;

/** Readings as text that any mail gateway lets through. */
public final class Packet {
    private Packet() {}

    public static String pack(Reading reading) {
        byte[] name = reading.gauge().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        ByteBuffer packed = ByteBuffer.allocate(1 + name.length + 8 + 8 * reading.samples().size());
        packed.put((byte) name.length).put(name).putLong(reading.since().getTime());
        reading.samples().forEach(packed::putDouble);
        return new BASE64Encoder().encode(packed.array());
    }

    /** Unpack a reading; an IllegalArgumentException says that the text is none. */
    public static Reading unpack(String text) {
        ByteBuffer packed = ByteBuffer.wrap(decoded(text));
        if (packed.remaining() < 9 || packed.remaining() < 9 + packed.get(0) || packed.get(0) < 0) {
            throw new IllegalArgumentException("this is no reading: " + text);
        }
        byte[] name = new byte[packed.get()];
        packed.get(name);
        Reading reading = new Reading(new String(name, java.nio.charset.StandardCharsets.UTF_8), new Date(packed.getLong()));
        while (packed.remaining() >= 8) {
            reading.samples().add(packed.getDouble());
        }
        return reading;
    }

    private static byte[] decoded(String text) {
        try {
            return new BASE64Decoder().decodeBuffer(text);
        } catch (IOException e) {
            throw new IllegalArgumentException("this is no reading: " + text, e);
        }
    }
}

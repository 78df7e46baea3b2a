package org.example.berth;

/** Which Java this runs on. */
public final class Platform {
    private Platform() {}

    public static int feature() {
        return feature(System.getProperty("java.version"));
    }

    /** The number that people call a Java by, such as 8 of {@code 1.8.0_292}. */
    static int feature(String version) {
        return Integer.parseInt(version.split("\\.")[1]);
    }
}

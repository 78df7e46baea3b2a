package org.example.spell;

import java.util.Objects;

/** A length of time in whole seconds, as people write it: {@code 1h 30m}, {@code 45s}, {@code -2d}. */
public record Spell(long seconds) {
    private static final long[] SIZES = {86_400, 3_600, 60, 1};
    private static final String UNITS = "dhms";

    /**
     * Reads a length of time: numbers with a unit (d, h, m, s), largest unit first and none twice, apart by spaces or
     * not, after a minus sign if negative.
     *
     * @throws IllegalArgumentException for any other text
     */
    public static Spell parse(String text) {
        Objects.requireNonNull(text, "text");
        String rest = text.strip();
        boolean negative = rest.startsWith("-");
        if (negative) {
            rest = rest.substring(1);
        }
        long total = 0;
        long number = -1;
        for (char letter : rest.toCharArray()) {
            if (Character.isDigit(letter)) {
                number = Math.max(number, 0) * 10 + (letter - '0');
            } else if (letter != ' ') {
                int unit = UNITS.indexOf(letter);
                if (unit < 0 || number < 0) {
                    throw new IllegalArgumentException("no length of time: " + text);
                }
                total += number * SIZES[unit];
                number = -1;
            }
        }
        return new Spell(negative ? -total : total);
    }

    /** Writes it with the fewest units: {@code 1h 30m}, and {@code 0s} for none. */
    public String format() {
        StringBuilder text = new StringBuilder();
        long rest = seconds;
        for (int unit = 0; unit < SIZES.length; unit++) {
            long number = rest / SIZES[unit];
            rest %= SIZES[unit];
            if (number != 0) {
                text.append(text.isEmpty() ? "" : " ").append(number).append(UNITS.charAt(unit));
            }
        }
        return text.isEmpty() ? "0s" : text.toString();
    }
}

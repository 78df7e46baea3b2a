package org.example.berth;

import java.time.LocalDateTime;

/** A place at a quay, taken by a ship for some time: from the first moment on, and up to, not with, the last. */
public final class Berth {
    private final String ship;
    private final int place;
    private final LocalDateTime from;
    private final LocalDateTime to;

    public Berth(String ship, int place, LocalDateTime from, LocalDateTime to) {
        if (!from.isBefore(to)) {
            throw new IllegalArgumentException(ship + " cannot leave before it comes");
        }
        this.ship = ship;
        this.place = place;
        this.from = from;
        this.to = to;
    }

    public String ship() {
        return ship;
    }

    public int place() {
        return place;
    }

    public boolean meets(Berth other) {
        return place == other.place && from.isBefore(other.to) && other.from.isBefore(to);
    }

    @Override
    public String toString() {
        return ship + " at " + place;
    }
}

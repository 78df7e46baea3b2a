package org.example.berth;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** A quay with places numbered from 1; no two ships lie at one place at a time. */
public class Quay {
    private final int places;
    private final List<Berth> berths = new ArrayList<>();

    public Quay(int places) {
        this.places = places;
    }

    public void take(Berth berth) {
        if (berth.place() < 1 || berth.place() > places) {
            throw new IllegalArgumentException("there is no place " + berth.place());
        }
        Optional<Berth> inTheWay = berths.stream().filter(berth::meets).findFirst();
        if (inTheWay.isPresent()) {
            throw new IllegalStateException(inTheWay.get() + " is in the way");
        }
        berths.add(berth);
    }

    /** The first place that is free for all of a time, if there is one. */
    public OptionalInt free(LocalDateTime from, LocalDateTime to) {
        return IntStream.rangeClosed(1, places)
                .filter(place -> berths.stream().noneMatch(new Berth("?", place, from, to)::meets))
                .findFirst();
    }
}

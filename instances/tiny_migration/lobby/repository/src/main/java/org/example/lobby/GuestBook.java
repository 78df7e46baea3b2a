package org.example.lobby;

import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.inject.Inject;
import javax.inject.Named;
import javax.inject.Singleton;

/** Who has come, and when. */
@Singleton
public class GuestBook {
    private final Map<String, Instant> guests = new LinkedHashMap<>();
    private final Clock clock;
    private final int beds;

    @Inject
    public GuestBook(Clock clock, @Named("beds") int beds) {
        this.clock = clock;
        this.beds = beds;
    }

    /** Let a guest in; false says that the house is full. */
    public boolean welcome(String guest) {
        if (!guests.containsKey(guest) && guests.size() == beds) {
            return false;
        }
        guests.putIfAbsent(guest, clock.instant());
        return true;
    }

    public Optional<Instant> since(String guest) {
        return Optional.ofNullable(guests.get(guest));
    }
}

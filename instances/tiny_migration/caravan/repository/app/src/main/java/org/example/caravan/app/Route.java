package org.example.caravan.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.example.caravan.core.Load;
import org.example.caravan.script.Toll;

/** The towns on the way, in order. */
public final class Route {
    private final Map<String, Toll> towns = new LinkedHashMap<>();

    public Route through(String town, String toll) {
        towns.put(town, new Toll(toll));
        return this;
    }

    public int cost(Load load) {
        return towns.values().stream().mapToInt(toll -> toll.of(load)).sum();
    }

    public String bill(Load load) {
        return towns.entrySet().stream()
                .map(town -> town.getKey() + " " + town.getValue().of(load))
                .collect(Collectors.joining(", ", "[", "]"));
    }
}

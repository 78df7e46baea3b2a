package org.example.gauge;

import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/** What a gauge has shown: samples, in the order in which they were taken. */
public class Reading {
    private final String gauge;
    private final Date since;
    private final List<Double> samples = new ArrayList<>();

    public Reading(String gauge, Date since) {
        this.gauge = gauge;
        this.since = since;
    }

    public String gauge() {
        return gauge;
    }

    public Date since() {
        return since;
    }

    public List<Double> samples() {
        return samples;
    }

    public double mean() {
        return samples.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}

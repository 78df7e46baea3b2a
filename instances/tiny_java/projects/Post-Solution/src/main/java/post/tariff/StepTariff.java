package post.tariff;

import java.util.Map;
import java.util.TreeMap;
import post.PostException;
import post.Zone;
import post.parcel.Parcel;

/** Prices by steps of weight: up to so many grams it costs so much, in town. */
public class StepTariff implements Tariff {
    private final TreeMap<Integer, Integer> steps = new TreeMap<>();

    /**
     * Adds a step, or puts another price in the place of one.
     *
     * @return this tariff
     * @throws PostException if grams are below 1, or cents below 0
     */
    public StepTariff upTo(int grams, int cents) {
        if (grams < 1 || cents < 0) {
            throw new PostException("no step: " + grams + " for " + cents);
        }
        steps.put(grams, cents);
        return this;
    }

    /**
     * The price of the first step that is enough for the weight that is paid for, times the factor of the zone.
     *
     * @throws PostException if no step is enough
     */
    @Override
    public int cents(Parcel parcel, Zone zone) {
        Map.Entry<Integer, Integer> step = steps.ceilingEntry(parcel.paidGrams());
        if (step == null) {
            throw new PostException("too heavy: " + parcel);
        }
        return step.getValue() * zone.factor();
    }
}

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
        // TODO
        throw new UnsupportedOperationException();
    }

    /**
     * The price of the first step that is enough for the weight that is paid for, times the factor of the zone.
     *
     * @throws PostException if no step is enough
     */
    @Override
    public int cents(Parcel parcel, Zone zone) {
        // TODO
        throw new UnsupportedOperationException();
    }
}

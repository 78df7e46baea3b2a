package post.depot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import post.PostException;
import post.Zone;
import post.parcel.Parcel;
import post.tariff.Tariff;

/** Takes parcels in, keeps them on shelves by zone, and hands them out. */
public class Depot {
    private final Tariff tariff;
    private final Map<Zone, List<Shelf>> shelves = new LinkedHashMap<>();
    private int takings;

    /** Makes a depot without any shelves. */
    public Depot(Tariff tariff) {
        this.tariff = tariff;
    }

    /** Adds a shelf for a zone, behind those that there are. */
    public void add(Zone zone, Shelf shelf) {
        // TODO
        throw new UnsupportedOperationException();
    }

    /**
     * Takes a parcel in: it is put on the first shelf of its zone that has room, and paid for.
     *
     * @return the price in cents
     * @throws PostException if no shelf has room; nothing is paid then
     */
    public int accept(Parcel parcel, Zone zone) {
        // TODO
        throw new UnsupportedOperationException();
    }

    /**
     * Hands a parcel out, whichever shelf it is on.
     *
     * @throws PostException if there is none with this code
     */
    public Parcel handOut(String code) {
        // TODO
        throw new UnsupportedOperationException();
    }

    /** How many parcels are there for a zone. */
    public int count(Zone zone) {
        // TODO
        throw new UnsupportedOperationException();
    }

    /** All that was paid, in cents. */
    public int takings() {
        return takings;
    }
}

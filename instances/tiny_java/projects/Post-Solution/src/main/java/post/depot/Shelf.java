package post.depot;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import post.PostException;
import post.parcel.Parcel;

/** A place for parcels, up to a volume, which gives them in their own order. */
public class Shelf implements Iterable<Parcel> {
    private final int room;
    private final List<Parcel> parcels = new ArrayList<>();

    /** Makes a shelf with room for so many cubic centimetres. */
    public Shelf(int room) {
        this.room = room;
    }

    /** The room that is left, in cubic centimetres. */
    public int left() {
        int left = room;
        for (Parcel parcel : parcels) {
            left -= parcel.volume();
        }
        return left;
    }

    /** Whether there is room for a parcel. */
    public boolean fits(Parcel parcel) {
        return parcel.volume() <= left();
    }

    /**
     * Puts a parcel on the shelf.
     *
     * @throws PostException if there is no room for it
     */
    public void put(Parcel parcel) {
        if (!fits(parcel)) {
            throw new PostException("no room for " + parcel);
        }
        parcels.add(parcel);
        Collections.sort(parcels);
    }

    /**
     * Takes the parcel with a code off the shelf.
     *
     * @return the parcel, or null if there is none
     */
    public Parcel take(String code) {
        for (Parcel parcel : parcels) {
            if (parcel.code().equals(code)) {
                parcels.remove(parcel);
                return parcel;
            }
        }
        return null;
    }

    /** Goes through the parcels in their order; nothing can be removed by it. */
    @Override
    public Iterator<Parcel> iterator() {
        return Collections.unmodifiableList(parcels).iterator();
    }
}

package post.tariff;

import post.PostException;
import post.Zone;
import post.parcel.Parcel;

/** A tariff that takes something off the prices of another, and remembers how much in all. */
public class Discount implements Tariff {
    private final Tariff other;
    private final int percent;
    private int saved;

    /**
     * Makes a discount of a tariff.
     *
     * @throws PostException unless percent is from 0 to 100
     */
    public Discount(Tariff other, int percent) {
        if (percent < 0 || percent > 100) {
            throw new PostException("no discount: " + percent);
        }
        this.other = other;
        this.percent = percent;
    }

    /** The other tariff's price less the discount, which is rounded down to whole cents. */
    @Override
    public int cents(Parcel parcel, Zone zone) {
        int full = other.cents(parcel, zone);
        int less = full * percent / 100;
        saved += less;
        return full - less;
    }

    /** What has been taken off by now, in cents. */
    public int saved() {
        return saved;
    }
}

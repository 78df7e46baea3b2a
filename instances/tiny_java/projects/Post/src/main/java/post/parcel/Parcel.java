package post.parcel;

import post.PostException;

/** Something that is sent: it has a code, a weight and a size. */
public abstract class Parcel implements Comparable<Parcel> {
    private final String code;
    private final int grams;

    /**
     * Makes a parcel.
     *
     * @param code two capital letters and four digits
     * @param grams its weight, at least 1
     * @throws PostException if the code or the weight is not as it must be
     */
    protected Parcel(String code, int grams) {
        // TODO
        throw new UnsupportedOperationException();
    }

    public final String code() {
        return code;
    }

    public final int grams() {
        return grams;
    }

    /** The room that it takes, in cubic centimetres. */
    public abstract int volume();

    /**
     * The weight that is paid for: its own, or a gram for every five cubic centimetres, begun ones included,
     * whichever is more.
     */
    public int paidGrams() {
        // TODO
        throw new UnsupportedOperationException();
    }

    /** Orders by the weight that is paid for, heavy ones first, and equal ones by their codes. */
    @Override
    public int compareTo(Parcel other) {
        // TODO
        throw new UnsupportedOperationException();
    }

    /** Its kind and its code, such as "Box AB1234". */
    @Override
    public String toString() {
        // TODO
        throw new UnsupportedOperationException();
    }
}

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
        if (code == null || !code.matches("[A-Z]{2}[0-9]{4}")) {
            throw new PostException("no code: " + code);
        }
        if (grams < 1) {
            throw new PostException("no weight: " + grams);
        }
        this.code = code;
        this.grams = grams;
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
        return Math.max(grams, (volume() + 4) / 5);
    }

    /** Orders by the weight that is paid for, heavy ones first, and equal ones by their codes. */
    @Override
    public int compareTo(Parcel other) {
        int byWeight = Integer.compare(other.paidGrams(), paidGrams());
        return byWeight != 0 ? byWeight : code.compareTo(other.code);
    }

    /** Its kind and its code, such as "Box AB1234". */
    @Override
    public String toString() {
        return getClass().getSimpleName() + " " + code;
    }
}

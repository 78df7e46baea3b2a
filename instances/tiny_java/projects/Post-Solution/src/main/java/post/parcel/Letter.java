package post.parcel;

import post.PostException;

/** A parcel that is flat: it takes no room, and may not be heavy. */
public class Letter extends Parcel {
    /** The most that a letter may weigh. */
    public static final int MOST_GRAMS = 500;

    /**
     * Makes a letter.
     *
     * @throws PostException as for any parcel, and if it weighs more than MOST_GRAMS
     */
    public Letter(String code, int grams) {
        super(code, grams);
        if (grams > MOST_GRAMS) {
            throw new PostException("too heavy for a letter: " + grams);
        }
    }

    @Override
    public int volume() {
        return 0;
    }
}

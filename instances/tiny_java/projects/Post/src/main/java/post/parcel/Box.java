package post.parcel;

import post.PostException;

/** A parcel with three edges. */
public class Box extends Parcel {
    private final int length;
    private final int width;
    private final int height;
    private final boolean fragile;

    /**
     * Makes a box; its edges are in centimetres.
     *
     * @throws PostException as for any parcel, and if an edge is shorter than 1 or longer than 120
     */
    public Box(String code, int grams, int length, int width, int height, boolean fragile) {
        super(code, grams);
        // TODO
        throw new UnsupportedOperationException();
    }

    @Override
    public int volume() {
        // TODO
        throw new UnsupportedOperationException();
    }

    public boolean isFragile() {
        return fragile;
    }

    /** Twice the weight of a parcel of its kind where it is fragile, since nothing may lie on it. */
    @Override
    public int paidGrams() {
        // TODO
        throw new UnsupportedOperationException();
    }
}

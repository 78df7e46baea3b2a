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
        for (int edge : new int[] {length, width, height}) {
            if (edge < 1 || edge > 120) {
                throw new PostException("no edge: " + edge);
            }
        }
        this.length = length;
        this.width = width;
        this.height = height;
        this.fragile = fragile;
    }

    @Override
    public int volume() {
        return length * width * height;
    }

    public boolean isFragile() {
        return fragile;
    }

    /** Twice the weight of a parcel of its kind where it is fragile, since nothing may lie on it. */
    @Override
    public int paidGrams() {
        return fragile ? 2 * super.paidGrams() : super.paidGrams();
    }
}

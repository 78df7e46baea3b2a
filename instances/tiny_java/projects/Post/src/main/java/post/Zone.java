package post;

/** How far a parcel goes. */
public enum Zone {
    TOWN(1),
    COUNTRY(2),
    ABROAD(5);

    private final int factor;

    Zone(int factor) {
        this.factor = factor;
    }

    /** How many times as much a way costs as one in town. */
    public int factor() {
        return factor;
    }
}

package org.example.caravan.core;

/** Goods on the way: how many sacks of how many pounds. */
public final class Load {
    private final int sacks;
    private final int pounds;

    public Load(int sacks, int pounds) {
        this.sacks = sacks;
        this.pounds = pounds;
    }

    public int getSacks() {
        return sacks;
    }

    public int getPounds() {
        return pounds;
    }
}

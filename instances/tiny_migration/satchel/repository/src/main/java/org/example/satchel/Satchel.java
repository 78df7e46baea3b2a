package org.example.satchel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.ToString;
import lombok.experimental.Delegate;

/** What is in a bag that carries no more than so many grams. */
@RequiredArgsConstructor
@ToString(of = {"limit", "items"})
public class Satchel {
    private interface Sized {
        int size();

        boolean isEmpty();
    }

    @Getter
    private final int limit;

    @Delegate(types = Sized.class)
    private final Collection<Item> items = new ArrayList<>();

    public int grams() {
        return items.stream().mapToInt(Item::getGrams).sum();
    }

    public boolean put(Item item) {
        return grams() + item.getGrams() <= limit && items.add(item);
    }

    /** All items, the heaviest first and what is fragile last. */
    public List<Item> inOrderOfPacking() {
        List<Item> sorted = new ArrayList<>(items);
        sorted.sort(Comparator.comparing(Item::isFragile).thenComparing(Item::getGrams, Comparator.reverseOrder()));
        return Collections.unmodifiableList(sorted);
    }
}

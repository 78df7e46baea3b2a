package org.example.satchel;

import lombok.Builder;
import lombok.NonNull;
import lombok.Value;

/** A thing to carry; its weight is in grams. */
@Value
@Builder(toBuilder = true)
public class Item {
    @NonNull
    String name;

    @Builder.Default
    int grams = 100;

    boolean fragile;
}

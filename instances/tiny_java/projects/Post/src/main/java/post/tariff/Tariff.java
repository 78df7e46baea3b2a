package post.tariff;

import post.Zone;
import post.parcel.Parcel;

/** What it costs to send a parcel. */
public interface Tariff {
    /** The price in cents. */
    int cents(Parcel parcel, Zone zone);
}

package boxscore.jvm;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What stands in blinded tests for comparisons with values that they do not hold.
 *
 * Nothing is compared here: the other side is written down, as bounded plain data, for the grader, which alone knows
 * what is expected, and the test goes on as if they were equal. There is nothing here to be found out, and whatever is
 * done to this code, it can only send other data. It never gets an answer.
 */
public final class Blind {
    private static final int MOST = 5_000; // different values of one number; the grader judges fewer
    private static final Map<Integer, Set<String>> SENT = new ConcurrentHashMap<>();
    private static volatile Channel channel;

    private Blind() {}

    static void open(Channel opened) {
        channel = opened;
    }

    /** Send what is compared with the hidden value of a number. */
    public static void equal(int number, Object value) {
        send(number, "is", value);
    }

    /** The same, for what may differ a little. */
    public static void near(int number, Object value) {
        send(number, "like", value);
    }

    private static void send(int number, String way, Object value) {
        Channel opened = channel;
        if (opened == null) {
            return;
        }
        String line = "[" + number + ",\"" + way + "\"," + Plain.encoded(value) + "]";
        Set<String> sent = SENT.computeIfAbsent(number, any -> ConcurrentHashMap.newKeySet());
        if (sent.size() < MOST && sent.add(line)) {
            opened.send("seen", line);
        }
    }
}

/**
 * What stands in a blinded test file of Java for comparisons with values that it does not hold.
 *
 * Its text is written behind each blinded file, under a name of its own, with the class that writes values as plain data
 * (see sandbox/jvm/Plain.java) within it. Nothing is compared here: the other side is written down for the grader, which
 * alone knows what is expected, and the test goes on as if they were equal. There is nothing here to be found out, and
 * whatever a candidate does to this code, it can only send other data. It never gets an answer.
 *
 * The rest is for old code, of which each statement goes on after an error. What has failed is kept in properties, as
 * other test files of a run ask for it.
 */
final class Boxscore {
    private static final String PLACE = "/place";
    private static final String ALL = "boxscore.failed";
    private static final String OWN = "boxscore.failed";
    private static final int MOST = 5000;
    private static final int MOST_BYTES = 65000;
    private static final java.util.Map<String, Boolean> SENT = new java.util.concurrent.ConcurrentHashMap<String, Boolean>();
    private static java.io.OutputStream out;

    private Boxscore() {}

    static void equal(int number, Object value) {
        observed(number, "is", value);
    }

    static void near(int number, Object value) {
        observed(number, "like", value);
    }

    static void part(int number, Object value) {
        observed(number, "in", value);
    }

    private static void observed(int number, String way, Object value) {
        try {
            String line = "[" + number + ",\"" + way + "\"," + Plain.encoded(value) + "]\n";
            if (line.length() > MOST_BYTES) {
                line = "[" + number + ",\"" + way + "\",{\"!\":\"\"}]\n";
            }
            if (SENT.size() < MOST && SENT.put(line, true) == null) {
                send(line);
            }
            if (isBehindError()) {
                marked(number, "missed", "null");
            }
        } catch (Throwable unsent) {
            return;
        }
    }

    private static boolean isBehindError() {
        return System.getProperty(ALL) != null || System.getProperty(OWN) != null || System.getProperty(key("test")) != null;
    }

    private static void marked(int number, String how, String what) {
        String line = "[" + number + ",\"" + how + "\"," + what + "]\n";
        try {
            if (SENT.put(line, true) == null) {
                send(line);
            }
        } catch (java.io.IOException unsent) {
            return;
        }
    }

    private static synchronized void send(String line) throws java.io.IOException {
        if (out == null) {
            out = new java.io.FileOutputStream(PLACE, true);
        }
        out.write(line.getBytes("US-ASCII"));
    }

    static int at(int number) {
        return number;
    }

    static int reached(int number) {
        if (!isBehindError()) {
            marked(number, "reached", "null");
        }
        return number;
    }

    static void lacks(int number, String name) {
        if (!isBehindError()) {
            marked(number, "reached", "\"" + name + "\"");
        }
    }

    static void within(String part) {
        System.clearProperty(key("test"));
        System.setProperty(key("part"), part);
    }

    static void failed() {
        String part = System.getProperty(key("part"));
        System.setProperty(part == null ? ALL : part.equals("test") ? key(part) : OWN, "1");
    }

    static void lost() {
        System.setProperty(OWN, "1");
    }

    static <T> T attempt(java.util.concurrent.Callable<T> tried, T otherwise) {
        try {
            return tried.call();
        } catch (Throwable error) {
            failed();
            return otherwise;
        }
    }

    static <T> T attemptThrown(java.util.concurrent.Callable<T> tried, T otherwise) {
        try {
            return tried.call();
        } catch (Throwable error) {
            if (!(error instanceof AssertionError) || error.getCause() != null) {
                failed();
            }
            return otherwise;
        }
    }

    static <T> T attemptField(java.util.concurrent.Callable<T> tried, T otherwise) {
        try {
            return tried.call();
        } catch (Throwable error) {
            lost();
            return otherwise;
        }
    }

    private static String key(String part) {
        return ALL + "." + part + "." + Thread.currentThread().getId();
    }
}

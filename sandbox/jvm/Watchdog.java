package boxscore.jvm;

import java.util.HashMap;
import java.util.Map;

/** Ends the run when a test has taken too long, and says which. Nothing in Java ends a thread that goes on. */
final class Watchdog implements Runnable {
    private static final long LOOK_MILLIS = 50;
    private final Channel channel;
    private final long millis;
    private final Map<String, Object[]> running = new HashMap<>();

    Watchdog(Channel channel, long millis) {
        this.channel = channel;
        this.millis = millis;
    }

    void start() {
        if (millis > 0) {
            Thread thread = new Thread(this, "boxscore-watchdog");
            thread.setDaemon(true);
            thread.start();
        }
    }

    synchronized void started(String node, String id) {
        running.put(node, new Object[] {System.nanoTime(), id == null ? "" : id});
    }

    synchronized void finished(String node) {
        running.remove(node);
    }

    @Override
    public void run() {
        while (true) {
            String late = late();
            if (late != null) {
                channel.send("late", late);
                Runtime.getRuntime().halt(Runner.LATE);
            }
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException goOn) {
                continue;
            }
        }
    }

    private synchronized String late() {
        for (Object[] one : running.values()) {
            if (System.nanoTime() - (Long) one[0] > millis * 1_000_000) {
                return (String) one[1];
            }
        }
        return null;
    }
}

package boxscore.jvm;

import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Reports what becomes of tests.
 *
 * A frame "test" is one time that a test has run or was left out; "broken" says that what is around a test failed,
 * though the test may have passed.
 */
final class Listener implements TestExecutionListener {
    private final Channel channel;
    private final Watchdog watchdog;
    private TestPlan plan;
    private volatile boolean failed;

    Listener(Channel channel, Watchdog watchdog) {
        this.channel = channel;
        this.watchdog = watchdog;
    }

    boolean hasFailed() {
        return failed;
    }

    @Override
    public void testPlanExecutionStarted(TestPlan started) {
        plan = started;
    }

    @Override
    public void executionSkipped(TestIdentifier node, String reason) {
        for (String id : below(node)) {
            report("test", id, "SKIPPED", reason);
        }
    }

    @Override
    public void executionStarted(TestIdentifier node) {
        if (node.isTest()) {
            watchdog.started(node.getUniqueId(), Ids.of(plan, node));
        }
    }

    @Override
    public void executionFinished(TestIdentifier node, TestExecutionResult result) {
        String reason = result.getThrowable().map(Failures::told).orElse("");
        if (node.isTest()) {
            watchdog.finished(node.getUniqueId());
            report("test", Ids.of(plan, node), Failures.status(result), reason);
        } else if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            for (String id : below(node)) {
                report("broken", id, "ERROR", reason);
            }
        } else if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            executionSkipped(node, reason);
        }
    }

    private void report(String kind, String id, String status, String reason) {
        failed |= !status.equals("PASSED");
        channel.send(kind, id == null ? "" : id, status, Channel.brief(reason));
    }

    /** The ids of the tests of a node and all below it, each once. */
    private Set<String> below(TestIdentifier node) {
        Set<String> found = new LinkedHashSet<>();
        String own = Ids.of(plan, node);
        if (own != null) {
            found.add(own);
        }
        for (TestIdentifier one : plan.getDescendants(node)) {
            String id = Ids.of(plan, one);
            if (id != null) {
                found.add(id);
            }
        }
        return found;
    }
}

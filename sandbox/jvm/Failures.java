package boxscore.jvm;

import org.junit.platform.engine.TestExecutionResult;

/** Puts the end of a test into words. */
final class Failures {
    private Failures() {}

    static String status(TestExecutionResult result) {
        switch (result.getStatus()) {
            case SUCCESSFUL:
                return "PASSED";
            case ABORTED:
                return "SKIPPED";
            default:
                return result.getThrowable().orElse(null) instanceof AssertionError ? "FAILED" : "ERROR";
        }
    }

    /** A class and its message. What is thrown may be of a class of anybody, whose methods may do anything. */
    static String told(Throwable thrown) {
        try {
            String message = thrown.getMessage();
            return thrown.getClass().getName() + (message == null ? "" : ": " + message);
        } catch (Throwable other) {
            return thrown.getClass().getName();
        }
    }
}

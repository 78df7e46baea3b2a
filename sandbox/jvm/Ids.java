package boxscore.jvm;

import java.util.Optional;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Names tests: package.Class#method, the same for each of its parameters and repetitions. */
final class Ids {
    private Ids() {}

    /** The id of the test that a node of a plan belongs to; null for what is above methods. */
    static String of(TestPlan plan, TestIdentifier node) {
        for (TestIdentifier at = node; at != null; at = plan.getParent(at).orElse(null)) {
            String id = ofSource(at.getSource());
            if (id != null) {
                return id;
            }
        }
        return node.isTest() ? unnamed(plan, node) : null;
    }

    /** The id of a method before the plan is made; null for what is none. */
    static String of(TestDescriptor descriptor) {
        return ofSource(descriptor.getSource());
    }

    private static String ofSource(Optional<TestSource> source) {
        if (!source.isPresent() || !(source.get() instanceof MethodSource)) {
            return null;
        }
        MethodSource method = (MethodSource) source.get();
        String name = method.getMethodName();
        int bracket = name.indexOf('[');
        return method.getClassName() + '#' + (bracket > 0 ? name.substring(0, bracket) : name);
    }

    /** A test that is no method, as runners of JUnit 4 may have them: by the class above it, and what it is shown as. */
    private static String unnamed(TestPlan plan, TestIdentifier node) {
        for (TestIdentifier at = node; at != null; at = plan.getParent(at).orElse(null)) {
            TestSource source = at.getSource().orElse(null);
            if (source instanceof ClassSource) {
                return ((ClassSource) source).getClassName() + '#' + Channel.brief(node.getDisplayName());
            }
        }
        return null;
    }
}

package boxscore.jvm;

import java.io.ByteArrayInputStream;
import java.io.PrintStream;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestEngine;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the tests that a request names, and reports each over the channel: java … boxscore.jvm.Runner REQUEST
 *
 * Theory of operation. The code under test shares this process, so what is reported is its word; what is done here is
 * done so that none is believed by mistake. Engines are named, and nothing that the class path offers as a listener,
 * filter or interceptor is looked for. Nothing is read from a file of parameters: those of the tests come with the
 * request. The report ends with the key of the request, and the process with a code that agrees with it, by halting:
 * shutdown hooks have no say.
 */
public final class Runner {
    static final int PASSED = 0;
    static final int FAILED = 1;
    static final int BROKEN = 3;
    static final int LATE = 4;
    static final int UNHEARD = 5;
    private static final String DISCOVERY_LISTENER = "junit.platform.discovery.listener.default";
    private static final String[] ENGINES = {
        "org.junit.jupiter.engine.JupiterTestEngine",
        "org.junit.vintage.engine.VintageTestEngine",
        "org.junit.support.testng.engine.TestNGTestEngine",
    };

    private Runner() {}

    public static void main(String[] arguments) throws Exception {
        Request request = Request.taken(Paths.get(arguments[0]));
        String key = request.key;
        request.key = "";
        PrintStream out = System.out; // tests may put others in their place
        PrintStream err = System.err;
        System.setIn(new ByteArrayInputStream(new byte[0]));
        Channel channel = new Channel();
        channel.send("start");
        int code;
        try {
            code = run(request, channel);
        } catch (Throwable thrown) {
            channel.send("trouble", Channel.brief(Failures.told(thrown)));
            code = BROKEN;
        }
        out.flush();
        err.flush();
        channel.end(key);
        Runtime.getRuntime().halt(code);
    }

    private static int run(Request request, Channel channel) {
        Watchdog watchdog = new Watchdog(channel, request.methodMillis);
        Listener listener = new Listener(channel, watchdog);
        LauncherConfig config = LauncherConfig.builder()
                .enableTestEngineAutoRegistration(false)
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableLauncherDiscoveryListenerAutoRegistration(false)
                .enableTestExecutionListenerAutoRegistration(false)
                .enablePostDiscoveryFilterAutoRegistration(false)
                .addTestEngines(engines())
                .build();
        watchdog.start();
        LauncherFactory.create(config).execute(asked(request, channel), listener);
        return listener.hasFailed() ? FAILED : PASSED;
    }

    private static TestEngine[] engines() {
        List<TestEngine> found = new ArrayList<>();
        for (String name : ENGINES) {
            try {
                if (name.contains(".testng.")) {
                    Class.forName("org.testng.TestNG");
                }
                found.add((TestEngine) Class.forName(name).getDeclaredConstructor().newInstance());
            } catch (ReflectiveOperationException | LinkageError absent) {
                continue;
            }
        }
        return found.toArray(new TestEngine[0]);
    }

    private static LauncherDiscoveryRequest asked(Request request, Channel channel) {
        List<DiscoverySelector> selectors = new ArrayList<>();
        for (String name : request.classes) {
            try {
                Class<?> found = Class.forName(name, false, ClassLoader.getSystemClassLoader());
                selectors.add(DiscoverySelectors.selectClass(found));
                loadWithin(found);
            } catch (Throwable thrown) {
                channel.send("unloaded", name, Channel.brief(Failures.told(thrown)));
            }
        }
        return LauncherDiscoveryRequestBuilder.request()
                .enableImplicitConfigurationParameters(false)
                .configurationParameters(request.parameters)
                .configurationParameter(DISCOVERY_LISTENER, "logging")
                .selectors(selectors)
                .filters((PostDiscoveryFilter) descriptor -> included(request, descriptor))
                .build();
    }

    /** Load the classes within a class, before any code runs that could change their files. */
    private static void loadWithin(Class<?> outer) {
        try {
            for (Class<?> inner : outer.getDeclaredClasses()) {
                loadWithin(inner);
            }
        } catch (LinkageError told) {
            return; // the tests that need it will say so
        }
    }

    private static FilterResult included(Request request, TestDescriptor descriptor) {
        String id = Ids.of(descriptor);
        return FilterResult.includedIf(id == null || request.asksFor(id));
    }
}

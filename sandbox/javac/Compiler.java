// A Java compiler that is kept: it compiles what it is sent, one request after the other, and answers each in one frame.
//
// Sources come from memory and class files stay there, so no name in a request is ever a path of this machine. Nothing
// that is compiled is run: no annotation processors, no plugins, no options but ours. Each request has a compiler of its
// own; what is kept between two of them is the Java machine, warm, and which classes the libraries hold.
//
// What cannot be survived ends the machine: a request that takes too much time is answered and then it is halted; one
// that takes too much memory ends it without an answer (-XX:+ExitOnOutOfMemoryError).

import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticListener;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

public final class Compiler {
    private static final int MOST_REQUEST_BYTES = 256 << 20;
    private static final int MOST_CLASSES = 5_000;
    private static final int MOST_ERRORS = 100;
    private static final int MOST_MESSAGE_CHARS = 1000;
    private static final int MOST_PATH_CHARS = 1024;
    private static final long STACK_BYTES = 32L << 20;
    private static final long LOOK_EVERY_MS = 50;

    private static final JavaCompiler JAVAC = ToolProvider.getSystemJavaCompiler();
    private static final OperatingSystemMXBean MACHINE =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private static OutputStream answers;
    private static List<String> jars;
    private static StandardJavaFileManager libraries;
    private static long deadline = Long.MAX_VALUE; // of the request at work, in nanoseconds of this machine's cpu time
    private static long number;

    private Compiler() {}

    public static void main(String[] arguments) throws Exception {
        answers = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        Thread guard = new Thread(Compiler::guard);
        guard.setDaemon(true);
        guard.start();
        InputStream requests = System.in;
        frame("{\"ready\":true,\"release\":" + Runtime.version().feature() + "}");
        for (byte[] head = requests.readNBytes(4); head.length == 4; head = requests.readNBytes(4)) {
            int size = (head[0] & 255) | (head[1] & 255) << 8 | (head[2] & 255) << 16 | (head[3] & 255) << 24;
            if (size < 0 || size > MOST_REQUEST_BYTES) {
                throw new IOException("a request of " + size + " bytes");
            }
            byte[] body = requests.readNBytes(size);
            Thread work = new Thread(null, () -> serve(body), "compile", STACK_BYTES);
            work.start();
            work.join();
        }
    }

    /** Halt this machine, with an answer, when a request has used up its time: garbage collection counts, too. */
    private static void guard() {
        while (true) {
            try {
                Thread.sleep(LOOK_EVERY_MS);
            } catch (InterruptedException error) {
                return;
            }
            synchronized (Compiler.class) {
                if (MACHINE.getProcessCpuTime() > deadline) {
                    frame("{\"number\":" + number + ",\"end\":\"timeout\"}");
                    Runtime.getRuntime().halt(0);
                }
            }
        }
    }

    private static void serve(byte[] body) {
        long began = MACHINE.getProcessCpuTime();
        StringBuilder answer = new StringBuilder();
        try {
            Request request = new Request(body);
            synchronized (Compiler.class) {
                number = request.number;
                deadline = began + request.cpuMillis * 1_000_000;
            }
            answer.append("{\"number\":").append(request.number);
            compile(request, answer);
        } catch (IOException error) {
            error.printStackTrace();
            Runtime.getRuntime().halt(4);
        }
        synchronized (Compiler.class) {
            deadline = Long.MAX_VALUE;
            long used = (MACHINE.getProcessCpuTime() - began) / 1_000_000;
            frame(answer.append(",\"cpu_ms\":").append(used).append('}').toString());
        }
    }

    private static void compile(Request request, StringBuilder answer) throws IOException {
        Errors errors = new Errors();
        Memory memory = new Memory(librariesOf(request.jars), request);
        String end = "compiled";
        try {
            boolean compiled = JAVAC.getTask(
                            Writer.nullWriter(), memory, errors, options(request), null, memory.sources)
                    .call();
            end = compiled ? "compiled" : errors.total > 0 ? "refused" : "crashed";
        } catch (OutOfMemoryError error) {
            throw error;
        } catch (StackOverflowError | RuntimeException error) {
            end = errors.total > 0 ? "refused" : "crashed";
            if (memory.written > request.mostBytes || memory.made.size() > MOST_CLASSES) {
                end = "too_large";
            }
        }
        answer.append(",\"end\":\"").append(end).append("\",\"error_count\":").append(errors.total);
        answer.append(",\"errors\":[").append(errors.text).append("],\"classes\":{");
        List<String> shadowed = new ArrayList<>();
        if (end.equals("compiled")) {
            String comma = "";
            for (Map.Entry<String, ByteArrayOutputStream> one : memory.made.entrySet()) {
                answer.append(comma).append(quoted(one.getKey(), MOST_REQUEST_BYTES)).append(":\"");
                answer.append(Base64.getEncoder().encodeToString(one.getValue().toByteArray())).append('"');
                comma = ",";
                if (libraries.getJavaFileForInput(
                                StandardLocation.CLASS_PATH, one.getKey().replace('/', '.'), JavaFileObject.Kind.CLASS)
                        != null) {
                    shadowed.add(quoted(one.getKey(), MOST_PATH_CHARS));
                }
            }
        }
        answer.append("},\"shadowed\":[").append(String.join(",", shadowed)).append(']');
    }

    private static List<String> options(Request request) {
        List<String> options = new ArrayList<>(Arrays.asList(
                "-proc:none", "-implicit:none", "-nowarn", "-g", "-Xmaxerrs", "1000", "-XDuseUnsharedTable=true"));
        if (request.release != Runtime.version().feature()) {
            options.addAll(Arrays.asList("--release", String.valueOf(request.release)));
        }
        return options;
    }

    /** The libraries of a request: those of the one before where they are the same, as they are for a whole benchmark. */
    private static StandardJavaFileManager librariesOf(List<String> wanted) throws IOException {
        if (libraries == null || !wanted.equals(jars)) {
            if (libraries != null) {
                libraries.close();
            }
            libraries = JAVAC.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
            List<File> files = new ArrayList<>();
            for (String path : wanted) {
                files.add(new File(path));
            }
            libraries.setLocation(StandardLocation.CLASS_PATH, files);
            libraries.setLocation(StandardLocation.SOURCE_PATH, List.of());
            libraries.setLocation(StandardLocation.ANNOTATION_PROCESSOR_PATH, List.of());
            jars = wanted;
        }
        return libraries;
    }

    private static void frame(String text) {
        byte[] data = text.getBytes(StandardCharsets.UTF_8);
        int size = data.length;
        byte[] head = {(byte) size, (byte) (size >> 8), (byte) (size >> 16), (byte) (size >> 24)};
        try {
            answers.write(head);
            answers.write(data);
            answers.flush();
        } catch (IOException error) {
            Runtime.getRuntime().halt(5);
        }
    }

    private static String quoted(String text, int most) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int at = 0; at < Math.min(text.length(), most); at++) {
            char letter = text.charAt(at);
            if (letter == '"' || letter == '\\') {
                quoted.append('\\').append(letter);
            } else if (letter < ' ' || Character.isSurrogate(letter)) {
                quoted.append(letter < ' ' ? String.format("\\u%04x", (int) letter) : pair(text, at));
            } else {
                quoted.append(letter);
            }
        }
        return quoted.append('"').toString();
    }

    /** One half of a surrogate pair as it is where its other half is there; JSON in UTF-8 knows no other. */
    private static String pair(String text, int at) {
        char letter = text.charAt(at);
        boolean first = Character.isHighSurrogate(letter)
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
        boolean second = Character.isLowSurrogate(letter) && at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
        return first || second ? String.valueOf(letter) : "?";
    }

    /** What is to be compiled: sources by their paths, and class files that these may use, by their names. */
    private static final class Request {
        final long number;
        final int release;
        final long cpuMillis;
        final long mostBytes;
        final List<String> jars = new ArrayList<>();
        final Map<String, byte[]> sources = new LinkedHashMap<>();
        final Map<String, byte[]> classes = new LinkedHashMap<>();

        Request(byte[] body) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
            number = in.readLong();
            release = in.readInt();
            cpuMillis = in.readLong();
            mostBytes = in.readLong();
            for (int left = in.readInt(); left > 0; left--) {
                jars.add(new String(bytes(in), StandardCharsets.UTF_8));
            }
            for (int left = in.readInt(); left > 0; left--) {
                sources.put(new String(bytes(in), StandardCharsets.UTF_8), bytes(in));
            }
            for (int left = in.readInt(); left > 0; left--) {
                classes.put(new String(bytes(in), StandardCharsets.UTF_8), bytes(in));
            }
        }

        private static byte[] bytes(DataInputStream in) throws IOException {
            byte[] data = new byte[in.readInt()];
            in.readFully(data);
            return data;
        }
    }

    /** Collects errors as JSON, bounded. */
    private static final class Errors implements DiagnosticListener<JavaFileObject> {
        int total;
        final StringBuilder text = new StringBuilder();

        @Override
        public void report(Diagnostic<? extends JavaFileObject> found) {
            if (found.getKind() != Diagnostic.Kind.ERROR) {
                return;
            }
            total++;
            if (total > MOST_ERRORS) {
                return;
            }
            String path = found.getSource() instanceof Source ? ((Source) found.getSource()).path : "";
            long line = found.getLineNumber() == Diagnostic.NOPOS ? 0 : found.getLineNumber();
            text.append(total > 1 ? "," : "").append("{\"path\":").append(quoted(path, MOST_PATH_CHARS));
            text.append(",\"line\":").append(line).append(",\"message\":");
            text.append(quoted(found.getMessage(Locale.ENGLISH), MOST_MESSAGE_CHARS)).append('}');
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        final String path;
        private final String text;

        Source(String path, byte[] data) {
            super(place("/source/", path), Kind.SOURCE);
            this.path = path;
            text = new String(data, StandardCharsets.UTF_8);
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }

        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
            return kind == Kind.SOURCE && path.substring(path.lastIndexOf('/') + 1).equals(simpleName + ".java");
        }
    }

    private static final class Compiled extends SimpleJavaFileObject {
        final String name;
        private final byte[] data;

        Compiled(String name, byte[] data) {
            super(place("/class/", name + ".class"), Kind.CLASS);
            this.name = name;
            this.data = data;
        }

        @Override
        public InputStream openInputStream() {
            return new ByteArrayInputStream(data);
        }
    }

    /** A name for messages and for telling files apart; never opened. */
    private static URI place(String root, String path) {
        StringBuilder safe = new StringBuilder("memory://" + root);
        for (byte one : path.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = one == '/' || one == '.' || one == '_' || one == '-' || Character.isLetterOrDigit(one);
            safe.append(plain && one > 0 ? String.valueOf((char) one) : String.format("%%%02X", one & 255));
        }
        return URI.create(safe.toString());
    }

    /** Where the compiler finds and leaves what is not in the libraries or in the JDK. */
    private static final class Memory extends ForwardingJavaFileManager<StandardJavaFileManager> {
        final List<JavaFileObject> sources = new ArrayList<>();
        final Map<String, ByteArrayOutputStream> made = new LinkedHashMap<>();
        private final Map<String, List<JavaFileObject>> packages = new LinkedHashMap<>();
        private final long most;
        long written;

        Memory(StandardJavaFileManager libraries, Request request) {
            super(libraries);
            most = request.mostBytes;
            request.sources.forEach((path, data) -> sources.add(new Source(path, data)));
            request.classes.forEach((name, data) -> {
                int end = Math.max(0, name.lastIndexOf('/'));
                packages.computeIfAbsent(name.substring(0, end).replace('/', '.'), any -> new ArrayList<>())
                        .add(new Compiled(name, data));
            });
        }

        @Override
        public Iterable<JavaFileObject> list(
                JavaFileManager.Location location, String name, Set<JavaFileObject.Kind> kinds, boolean recurse)
                throws IOException {
            Iterable<JavaFileObject> found = super.list(location, name, kinds, recurse);
            List<JavaFileObject> ours = location == StandardLocation.CLASS_PATH && kinds.contains(JavaFileObject.Kind.CLASS)
                    ? packages.get(name)
                    : null;
            if (ours == null) {
                return found;
            }
            List<JavaFileObject> all = new ArrayList<>();
            found.forEach(all::add);
            all.addAll(ours);
            return all;
        }

        @Override
        public String inferBinaryName(JavaFileManager.Location location, JavaFileObject file) {
            return file instanceof Compiled
                    ? ((Compiled) file).name.replace('/', '.')
                    : super.inferBinaryName(location, file);
        }

        @Override
        public boolean isSameFile(FileObject one, FileObject other) {
            return one == other || one.toUri().equals(other.toUri());
        }

        @Override
        public boolean hasLocation(JavaFileManager.Location location) {
            return location == StandardLocation.CLASS_OUTPUT
                    || (location != StandardLocation.SOURCE_PATH && super.hasLocation(location));
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                JavaFileManager.Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            ByteArrayOutputStream data = new ByteArrayOutputStream() {
                @Override
                public synchronized void write(byte[] bytes, int from, int count) {
                    written += count;
                    if (written > most) {
                        throw new IllegalStateException("too many bytes of class files");
                    }
                    super.write(bytes, from, count);
                }
            };
            String path = name.replace('.', '/');
            made.put(path, data);
            if (made.size() > MOST_CLASSES) {
                throw new IllegalStateException("too many classes");
            }
            return new SimpleJavaFileObject(place("/made/", path + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return data;
                }
            };
        }

        @Override
        public FileObject getFileForOutput(
                JavaFileManager.Location location, String packageName, String relativeName, FileObject sibling) {
            throw new IllegalStateException("nothing but class files is to be written");
        }
    }
}

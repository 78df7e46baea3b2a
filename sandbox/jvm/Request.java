package boxscore.jvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What is asked of one run: lines of a word and its value. The file is deleted before any class of others is loaded. */
final class Request {
    final Set<String> classes = new LinkedHashSet<>();
    final Set<String> tests = new LinkedHashSet<>();
    final Map<String, String> parameters = new LinkedHashMap<>();
    String key = "";
    long methodMillis;

    static Request taken(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        Files.delete(file);
        Request request = new Request();
        for (String line : text.split("\n")) {
            int space = line.indexOf(' ');
            request.take(line.substring(0, space), line.substring(space + 1));
        }
        return request;
    }

    private void take(String word, String value) {
        switch (word) {
            case "key":
                key = value;
                break;
            case "method-millis":
                methodMillis = Long.parseLong(value);
                break;
            case "class":
                classes.add(value);
                break;
            case "test":
                tests.add(value);
                break;
            case "parameter":
                int equals = value.indexOf('=');
                parameters.put(value.substring(0, equals), value.substring(equals + 1));
                break;
            default:
                throw new IllegalArgumentException(word);
        }
    }

    /** Whether a test is asked for: all of the classes' are, where none is named. */
    boolean asksFor(String test) {
        return tests.isEmpty() || tests.contains(test);
    }
}

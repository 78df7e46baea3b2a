package boxscore.jvm;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the report: frames, each a line with a JSON array of strings.
 *
 * Descriptor 0 is what it goes to. A pipe that is another user's cannot be opened by its name, and of the three that
 * Java can write to without that, 0 is the one that no honest program or library prints to.
 */
final class Channel {
    private static final int MOST_CHARACTERS = 400;
    private final OutputStream out = new FileOutputStream(FileDescriptor.in);
    private long frames;

    synchronized void send(String... fields) {
        StringBuilder line = new StringBuilder("[");
        for (String field : fields) {
            quote(line.length() == 1 ? line : line.append(','), field);
        }
        try {
            out.write(line.append("]\n").toString().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException error) {
            Runtime.getRuntime().halt(Runner.UNHEARD);
        }
        frames++;
    }

    /** End the report with its key and the number of frames before this one. */
    synchronized void end(String key) {
        send("end", key, Long.toString(frames));
    }

    /** Cut a text for people to what a frame may hold: its head and its tail, where frameworks say what happened. */
    static String brief(String text) {
        if (text == null) {
            return "";
        }
        if (text.length() <= MOST_CHARACTERS) {
            return text;
        }
        int half = MOST_CHARACTERS / 2;
        return text.substring(0, half) + " [...] " + text.substring(text.length() - half);
    }

    static void quote(StringBuilder line, String text) {
        line.append('"');
        for (int at = 0; at < text.length(); at++) {
            char letter = text.charAt(at);
            if (letter == '"' || letter == '\\') {
                line.append('\\').append(letter);
            } else if (letter >= ' ' && letter <= '~') {
                line.append(letter);
            } else if (isAlone(text, at)) {
                line.append('?');
            } else {
                line.append(String.format("\\u%04x", (int) letter));
            }
        }
        line.append('"');
    }

    /** Whether half of a surrogate pair stands without its other one, which is no text. */
    private static boolean isAlone(String text, int at) {
        char letter = text.charAt(at);
        if (Character.isHighSurrogate(letter)) {
            return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        return Character.isLowSurrogate(letter) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }
}

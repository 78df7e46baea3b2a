package boxscore.jvm;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes a value as the plain data that boxscore/protocols/blind/observations.py reads. */
final class Plain {
    private static final int MOST_NODES = 20_000;
    private static final int MOST_DEPTH = 40;
    private static final int MOST_CHARACTERS = 60_000;
    private static final String UNREADABLE = "{\"!\":\"\"}";
    private int nodes;

    private Plain() {}

    /** The data of a value; of one that is too large, or cannot be read, that it is so. */
    static String encoded(Object value) {
        try {
            StringBuilder line = new StringBuilder();
            new Plain().write(line, value, 0);
            return line.toString();
        } catch (RuntimeException | StackOverflowError unreadable) {
            return UNREADABLE;
        }
    }

    private void write(StringBuilder line, Object value, int depth) {
        nodes++;
        if (nodes > MOST_NODES || depth > MOST_DEPTH || line.length() > MOST_CHARACTERS) {
            throw new IllegalArgumentException("too large");
        }
        if (value == null || value instanceof Boolean) {
            line.append(value);
        } else if (value instanceof String) {
            Channel.quote(line, (String) value);
        } else if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            tagged(line, "i", value.toString());
        } else if (value instanceof Double || value instanceof Float) {
            tagged(line, "f", value.toString());
        } else if (value.getClass().isArray()) {
            items(line, "l", elements(value), depth);
        } else if (value instanceof List) {
            items(line, "l", new ArrayList<Object>((List<?>) value), depth);
        } else if (value instanceof Set) {
            unordered(line, (Set<?>) value, depth);
        } else if (value instanceof Map) {
            pairs(line, (Map<?, ?>) value, depth);
        } else {
            object(line, value, depth);
        }
    }

    /** A value of another class: its name and, of those of the JDK that are plain, what it says it is. */
    private void object(StringBuilder line, Object value, int depth) {
        Channel.quote(line.append("{\"o\":"), nameOf(value));
        line.append(",\"v\":");
        if (value instanceof Optional) {
            items(line, null, parts("optional", ((Optional<?>) value).orElse(null)), depth);
        } else if (value instanceof Collection) {
            items(line, null, parts("collection", new ArrayList<Object>((Collection<?>) value)), depth);
        } else if (value instanceof Enum) {
            items(line, null, parts("enum", ((Enum<?>) value).name()), depth);
        } else if (value instanceof Class) {
            items(line, null, parts("class", ((Class<?>) value).getName()), depth);
        } else if (value.getClass().getClassLoader() == null && isPlain(value)) {
            items(line, null, parts("says", value.toString()), depth);
        } else {
            line.append("null");
        }
        line.append('}');
    }

    private static String nameOf(Object value) {
        return value instanceof Enum ? ((Enum<?>) value).getDeclaringClass().getName() : value.getClass().getName();
    }

    private static boolean isPlain(Object value) {
        String name = value.getClass().getName();
        return value instanceof Character
                || value instanceof Number
                || value instanceof CharSequence
                || name.startsWith("java.time.")
                || name.startsWith("java.net.UR")
                || name.startsWith("java.util.Optional")
                || name.equals("java.util.UUID")
                || name.equals("java.util.Date")
                || name.equals("java.util.Locale")
                || name.equals("java.util.BitSet");
    }

    private static List<Object> parts(Object... parts) {
        List<Object> found = new ArrayList<>();
        Collections.addAll(found, parts);
        return found;
    }

    private static List<Object> elements(Object array) {
        List<Object> found = new ArrayList<>();
        for (int at = 0; at < Array.getLength(array) && at <= MOST_NODES; at++) {
            found.add(Array.get(array, at));
        }
        return found;
    }

    /** Items in their order, below a tag or in an array of their own, whose first is a word. */
    private void items(StringBuilder line, String tag, List<?> items, int depth) {
        line.append(tag == null ? "[" : "{\"" + tag + "\":[");
        boolean first = true;
        for (Object item : items) {
            write(first ? line : line.append(','), item, depth + 1);
            first = false;
        }
        line.append(tag == null ? "]" : "]}");
    }

    /** A set has no order that counts; one that holds what has no hash in Python is written as a list of its texts. */
    private void unordered(StringBuilder line, Set<?> set, int depth) {
        List<String> texts = new ArrayList<>();
        for (Object item : set) {
            texts.add(written(item, depth));
        }
        Collections.sort(texts);
        line.append("{\"o\":\"java.util.Set\",\"v\":[\"set\"");
        for (String text : texts) {
            line.append(',').append(text);
        }
        line.append("]}");
    }

    private void pairs(StringBuilder line, Map<?, ?> map, int depth) {
        List<String> texts = new ArrayList<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            texts.add("{\"l\":[" + written(entry.getKey(), depth + 1) + "," + written(entry.getValue(), depth + 1) + "]}");
        }
        Collections.sort(texts);
        line.append("{\"o\":\"java.util.Map\",\"v\":[\"map\"");
        for (String text : texts) {
            line.append(',').append(text);
        }
        line.append("]}");
    }

    private String written(Object value, int depth) {
        StringBuilder line = new StringBuilder();
        write(line, value, depth + 1);
        return line.toString();
    }

    private static void tagged(StringBuilder line, String tag, String text) {
        line.append("{\"").append(tag).append("\":\"").append(text).append("\"}");
    }
}

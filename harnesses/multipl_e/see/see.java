
class BoxscoreSee {
    private static final StringBuilder seen = new StringBuilder();

    static void see(Object value) {
        seen.append(seen.length() == 0 ? "" : ",");
        show(value, 0);
    }

    static void show() {
        byte[] bytes = ("\nboxscore: values\n[" + seen + "]\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        try (java.io.FileOutputStream out = new java.io.FileOutputStream(java.io.FileDescriptor.out)) {
            java.lang.System.out.flush();
            out.write(bytes);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    private static void show(Object value, int depth) {
        if (value == null) plain("null", "0");
        else if (depth > 50) plain("other", "0");
        else if (value instanceof java.lang.Boolean) plain("bool", value.toString());
        else if (value instanceof java.lang.Long) plain("long", value.toString());
        else if (value instanceof java.lang.Integer) plain("int", value.toString());
        else if (value instanceof java.lang.Character) plain("char", "" + (int) (Character) value);
        else if (value instanceof java.lang.Float) plain("float", "" + (Float.floatToIntBits((Float) value) & 0xffffffffL));
        else if (value instanceof java.lang.Double) plain("double", "\"" + value + "\"");
        else if (value instanceof java.lang.String) plain("str", "\"" + hex((String) value) + "\"");
        else if (value instanceof java.util.List) all("list", (Iterable<?>) value, depth);
        else if (value instanceof org.javatuples.Tuple) all("tuple", (Iterable<?>) value, depth);
        else if (value instanceof java.util.Optional) {
            java.util.Optional<?> one = (java.util.Optional<?>) value;
            all("optional", one.isPresent() ? java.util.List.of(one.get()) : java.util.List.of(), depth);
        } else if (value instanceof java.util.Map) {
            java.util.List<Object> pairs = new java.util.ArrayList<>();
            for (java.util.Map.Entry<?, ?> entry : ((java.util.Map<?, ?>) value).entrySet())
                pairs.add(java.util.Arrays.asList(entry.getKey(), entry.getValue()));
            all("map", pairs, depth);
        } else plain("other", "0");
    }

    private static void plain(String kind, String value) {
        seen.append("[\"").append(kind).append("\",").append(value).append("]");
    }

    private static void all(String kind, Iterable<?> items, int depth) {
        seen.append("[\"").append(kind).append("\",[");
        boolean first = true;
        for (Object item : items) {
            seen.append(first ? "" : ",");
            first = false;
            show(item, depth + 1);
        }
        seen.append("]]");
    }

    private static String hex(String text) {
        StringBuilder hex = new StringBuilder();
        for (byte one : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) hex.append(String.format("%02x", one));
        return hex.toString();
    }
}

class Main {
    public static void main(String[] args) {
        Problem.main(args);
    }
}

package org.example.caravan.core;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.annotation.PostConstruct;
import javax.annotation.PreDestroy;

/** A small container: parts are made once, made ready, and ended in the reverse order. */
public final class Parts implements AutoCloseable {
    private final Map<Class<?>, Object> made = new LinkedHashMap<>();

    public <T> T get(Class<T> type) {
        Object part = made.get(type);
        if (part == null) {
            try {
                part = type.getConstructor().newInstance();
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(type.getName() + " cannot be made", e);
            }
            made.put(type, part);
            call(part, PostConstruct.class);
        }
        return type.cast(part);
    }

    @Override
    public void close() {
        Deque<Object> parts = new ArrayDeque<>();
        made.values().forEach(parts::push);
        parts.forEach(part -> call(part, PreDestroy.class));
        made.clear();
    }

    private static void call(Object part, Class<? extends java.lang.annotation.Annotation> when) {
        for (Method method : part.getClass().getMethods()) {
            if (method.isAnnotationPresent(when)) {
                try {
                    method.invoke(part);
                } catch (IllegalAccessException | InvocationTargetException e) {
                    throw new IllegalStateException(method + " failed", e);
                }
            }
        }
    }
}

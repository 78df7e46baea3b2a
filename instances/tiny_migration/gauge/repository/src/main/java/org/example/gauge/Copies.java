package org.example.gauge;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.IdentityHashMap;
import java.util.Map;
import sun.misc.Unsafe;

/** Deep copies of any object: no constructor is called, each field is copied as it is. */
public final class Copies {
    private static final Unsafe UNSAFE = unsafe();

    private Copies() {}

    @SuppressWarnings("unchecked")
    public static <T> T of(T original) {
        try {
            return (T) copy(original, new IdentityHashMap<>());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no copy of a " + original.getClass().getName(), e);
        }
    }

    private static Object copy(Object original, Map<Object, Object> done) throws ReflectiveOperationException {
        if (original == null || isPlain(original.getClass())) {
            return original;
        }
        if (done.containsKey(original)) {
            return done.get(original);
        }
        Class<?> type = original.getClass();
        if (type.isArray()) {
            return copyArray(original, done);
        }
        Object copy = UNSAFE.allocateInstance(type);
        done.put(original, copy);
        for (Class<?> level = type; level != Object.class; level = level.getSuperclass()) {
            for (Field field : level.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    field.set(copy, copy(field.get(original), done));
                }
            }
        }
        return copy;
    }

    private static Object copyArray(Object original, Map<Object, Object> done) throws ReflectiveOperationException {
        int length = Array.getLength(original);
        Object copy = Array.newInstance(original.getClass().getComponentType(), length);
        done.put(original, copy);
        for (int i = 0; i < length; i++) {
            Array.set(copy, i, copy(Array.get(original, i), done));
        }
        return copy;
    }

    private static boolean isPlain(Class<?> type) {
        return type == String.class
                || type == Boolean.class
                || Enum.class.isAssignableFrom(type)
                || Number.class.isAssignableFrom(type);
    }

    private static Unsafe unsafe() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}

package org.example.caravan.script;

import javax.script.Invocable;
import javax.script.ScriptEngine;
import javax.script.ScriptEngineManager;
import javax.script.ScriptException;
import org.example.caravan.core.Load;

/** What a town asks for a load, as its council wrote it in JavaScript: a function {@code toll(load)}. */
public final class Toll {
    private final Invocable script;

    public Toll(String source) {
        ScriptEngine engine = new ScriptEngineManager().getEngineByName("nashorn");
        if (engine == null) {
            throw new IllegalStateException("there is nothing here that runs JavaScript");
        }
        try {
            engine.eval(source);
        } catch (ScriptException e) {
            throw new IllegalArgumentException("this is no script: " + source, e);
        }
        script = (Invocable) engine;
    }

    public int of(Load load) {
        try {
            return ((Number) script.invokeFunction("toll", load)).intValue();
        } catch (ScriptException | NoSuchMethodException e) {
            throw new IllegalStateException("the toll cannot be told", e);
        }
    }
}

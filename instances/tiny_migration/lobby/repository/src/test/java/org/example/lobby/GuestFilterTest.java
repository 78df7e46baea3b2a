package org.example.lobby;

import static org.junit.Assert.assertEquals;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.servlet.FilterChain;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.Test;

public class GuestFilterTest {
    private final List<String> seen = new ArrayList<>();
    private final GuestFilter filter = new GuestFilter(new GuestBook(Clock.systemUTC(), 1));

    private void come(String name) throws Exception {
        HttpServletRequest request = fake(HttpServletRequest.class, (proxy, method, arguments) -> {
            if (method.getName().equals("setAttribute")) {
                seen.add(arguments[0] + "=" + arguments[1]);
            }
            return method.getName().equals("getHeader") ? name : null;
        });
        HttpServletResponse response = fake(HttpServletResponse.class, (proxy, method, arguments) -> {
            seen.add(method.getName() + " " + arguments[0]);
            return null;
        });
        FilterChain chain = (one, other) -> seen.add("passed");
        filter.doFilter(request, response, chain);
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Test
    public void aGuestIsLetIn() throws Exception {
        come("Zoë O'Hara");
        assertEquals(Arrays.asList("guest=Zoë O'Hara", "passed"), seen);
    }

    @Test
    public void whoHasNoNameStaysOutside() throws Exception {
        come(null);
        come("<b>");
        assertEquals(Arrays.asList("sendError 400", "sendError 400"), seen);
    }

    @Test
    public void aFullHouseIsShut() throws Exception {
        come("Ada");
        seen.clear();
        come("Bob");
        assertEquals(Collections.singletonList("sendError 503"), seen);
    }
}

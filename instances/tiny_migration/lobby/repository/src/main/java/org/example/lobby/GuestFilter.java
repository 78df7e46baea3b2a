package org.example.lobby;

import java.io.IOException;
import java.util.regex.Pattern;
import javax.inject.Inject;
import javax.servlet.Filter;
import javax.servlet.FilterChain;
import javax.servlet.FilterConfig;
import javax.servlet.ServletException;
import javax.servlet.ServletRequest;
import javax.servlet.ServletResponse;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/** Lets guests pass who say their name, as long as there are beds. */
public class GuestFilter implements Filter {
    private static final Pattern NAME = Pattern.compile("[\\p{L} '-]{1,40}");

    private final GuestBook book;

    @Inject
    public GuestFilter(GuestBook book) {
        this.book = book;
    }

    @Override
    public void init(FilterConfig config) {}

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String name = ((HttpServletRequest) request).getHeader("X-Guest");
        HttpServletResponse answer = (HttpServletResponse) response;
        if (name == null || !NAME.matcher(name).matches()) {
            answer.sendError(HttpServletResponse.SC_BAD_REQUEST, "say your name");
        } else if (!book.welcome(name)) {
            answer.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "there is no bed");
        } else {
            request.setAttribute("guest", name);
            chain.doFilter(request, response);
        }
    }

    @Override
    public void destroy() {}
}

package io.sluice.admin;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Who may make a call.
 *
 * @param method GET stands for HEAD too
 * @param path behind the base path, in Spring's form
 * @param role the least; null: everybody
 */
record AccessRule(HttpMethod method, PathPattern path, @Nullable Role role) {

  static AccessRule of(HttpMethod method, String path, @Nullable Role role) {
    return new AccessRule(method, PathPatternParser.defaultInstance.parse(path), role);
  }

  boolean matches(PathContainer asked) {
    return path.matches(asked);
  }

  boolean matches(HttpMethod asked) {
    return method.equals(asked) || method.equals(HttpMethod.GET) && asked.equals(HttpMethod.HEAD);
  }
}

package io.sluice.admin;

import static io.sluice.admin.Role.ADMIN;
import static io.sluice.admin.Role.OPERATOR;
import static io.sluice.admin.Role.VIEWER;
import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.POST;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.PathContainer;

/**
 * The one table of who may call what. A call that no line names is refused to everybody, so a new
 * controller is closed until it gets its line here; a test holds the table against all controllers
 * and every role against the table. {@code docs/reference/roles.md} tells it to operators.
 *
 * <p>An operator does the day's work: backends come, go, drain and change weight. What shapes the
 * traffic (pools, routes, the whole configuration, a rollback) and who may do what is an admin's.
 */
final class AccessRules {
  private static final String API = "/api/v1";

  /** All lines. */
  static final List<AccessRule> ALL =
      Stream.of(
              open(), pages(), documentation(), actuator(), reading(), operating(), administering())
          .flatMap(List::stream)
          .toList();

  private AccessRules() {}

  private static List<AccessRule> open() {
    return List.of(
        AccessRule.of(GET, "/login", null),
        AccessRule.of(POST, "/login", null),
        AccessRule.of(GET, "/assets/**", null),
        AccessRule.of(GET, "/actuator/health", null),
        AccessRule.of(GET, "/actuator/health/**", null),
        AccessRule.of(POST, API + "/session", null));
  }

  /** The dashboard; what a form does is also held against the API's line by its controller. */
  private static List<AccessRule> pages() {
    return Stream.of(
            rules(
                VIEWER,
                "",
                "GET /",
                "GET /wall",
                "GET /welcome",
                "POST /welcome/password",
                "POST /logout",
                "GET /backends",
                "GET /backends/{pool}/{id}",
                "GET /operations/{id}",
                "GET /configuration",
                "GET /configuration/history",
                "GET /configuration/diff",
                "GET /activity",
                "GET /activity.csv",
                "GET /access",
                "POST /access/password",
                "GET /system"),
            rules(
                OPERATOR,
                "",
                "GET /backends/new",
                "POST /backends/new",
                "POST /backends/bulk",
                "GET /backends/{pool}/{id}/{action}",
                "POST /backends/{pool}/{id}/{action}",
                "POST /operations/{id}/{action}"),
            rules(
                ADMIN,
                "",
                "GET /configuration/edit",
                "POST /configuration/edit",
                "GET /configuration/rollback/{number}",
                "POST /configuration/rollback/{number}",
                "POST /access/users",
                "POST /access/users/{name}",
                "POST /access/users/{name}/remove",
                "POST /access/tokens",
                "POST /access/tokens/{id}/remove",
                "POST /system/loggers"))
        .flatMap(List::stream)
        .toList();
  }

  private static List<AccessRule> documentation() {
    return rules(
        VIEWER,
        "",
        "GET /v3/api-docs",
        "GET /v3/api-docs.yaml",
        "GET /v3/api-docs/**",
        "GET /swagger-ui.html",
        "GET /swagger-ui/**",
        "GET /webjars/swagger-ui/**");
  }

  private static List<AccessRule> actuator() {
    return Stream.of(
            rules(VIEWER, "/actuator", "GET /info", "GET /lifecycle", "GET /prometheus"),
            rules(
                ADMIN, "/actuator", "GET /loggers", "GET /loggers/{name}", "POST /loggers/{name}"))
        .flatMap(List::stream)
        .toList();
  }

  private static List<AccessRule> reading() {
    return rules(
        VIEWER,
        API,
        "GET /session",
        "DELETE /session",
        "PUT /session/password",
        "GET /status",
        "GET /listeners",
        "GET /metrics",
        "GET /backends",
        "GET /backends/metrics",
        "GET /pools",
        "GET /pools/{pool}",
        "GET /pools/{pool}/metrics",
        "GET /pools/{pool}/latency",
        "GET /pools/{pool}/backends",
        "GET /pools/{pool}/backends/{id}",
        "GET /pools/{pool}/backends/{id}/health",
        "GET /pools/{pool}/backends/{id}/metrics",
        "GET /pools/{pool}/backends/{id}/latency",
        "GET /routes",
        "GET /routes/{id}",
        "GET /routes/{id}/metrics",
        "GET /transitions",
        "GET /operations",
        "GET /operations/{id}",
        "GET /config",
        "POST /config/validate",
        "GET /revisions",
        "GET /revisions/{number}",
        "GET /revisions/diff",
        "GET /requests",
        "GET /requests/{id}",
        "GET /events");
  }

  private static List<AccessRule> operating() {
    return rules(
        OPERATOR,
        API,
        "POST /pools/{pool}/backends",
        "PUT /pools/{pool}/backends/{id}",
        "PATCH /pools/{pool}/backends/{id}",
        "DELETE /pools/{pool}/backends/{id}",
        "PUT /pools/{pool}/backends/{id}/admin-state",
        "POST /pools/{pool}/backends/{id}/drain",
        "DELETE /pools/{pool}/backends/{id}/drain",
        "POST /pools/{pool}/backends/{id}/check",
        "POST /pools/{pool}/probe",
        "DELETE /operations/{id}");
  }

  private static List<AccessRule> administering() {
    return rules(
        ADMIN,
        API,
        "POST /pools",
        "PUT /pools/{pool}",
        "PATCH /pools/{pool}",
        "DELETE /pools/{pool}",
        "POST /routes",
        "PUT /routes/{id}",
        "PATCH /routes/{id}",
        "DELETE /routes/{id}",
        "PUT /config",
        "POST /revisions/{number}/rollback",
        "GET /audit",
        "GET /tokens",
        "POST /tokens",
        "DELETE /tokens/{id}",
        "GET /users",
        "POST /users",
        "PATCH /users/{name}",
        "DELETE /users/{name}");
  }

  private static List<AccessRule> rules(Role role, String prefix, String... calls) {
    return Arrays.stream(calls)
        .map(
            call -> {
              int space = call.indexOf(' ');
              HttpMethod method = HttpMethod.valueOf(call.substring(0, space));
              return AccessRule.of(method, prefix + call.substring(space + 1), role);
            })
        .toList();
  }

  /** The line for a call; null: there is none. */
  static @Nullable AccessRule find(HttpMethod method, PathContainer path) {
    for (AccessRule rule : ALL) {
      if (rule.matches(method) && rule.matches(path)) {
        return rule;
      }
    }
    return null;
  }

  /** The methods that can be called at a path, for {@code Allow}; empty: there is no such path. */
  static List<String> methods(PathContainer path) {
    return ALL.stream()
        .filter(rule -> rule.matches(path))
        .flatMap(
            rule ->
                rule.method().equals(GET)
                    ? Stream.of("GET", "HEAD")
                    : Stream.of(rule.method().name()))
        .distinct()
        .sorted()
        .toList();
  }
}

package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.http.server.PathContainer;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.reactive.result.method.RequestMappingInfo;
import org.springframework.web.reactive.result.method.RequestMappingInfoHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;

/** Each role against each call of the table. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessIT {
  private GuardedPlane plane;

  @BeforeAll
  void start() throws Exception {
    plane = new GuardedPlane();
  }

  @AfterAll
  void stop() {
    plane.close();
  }

  /** A path that a pattern matches. */
  private static String path(AccessRule rule) {
    return rule.path().getPatternString().replace("/**", "/x").replaceAll("\\{\\w+}", "x1");
  }

  @Test
  void eachRoleIsHeldAgainstEachCall() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (AccessRule rule : AccessRules.ALL) {
      for (Role role : Role.values()) {
        if (rule.role() == null || rule.path().getPatternString().endsWith("/events")) {
          continue;
        }
        // An empty body makes every write fail after it was let in.
        int status = plane.as(role, rule.method().name(), path(rule)).statusCode();
        boolean let = status != 401 && status != 403;
        if (let != role.includes(rule.role())) {
          wrong.add(role + " " + rule.method() + " " + path(rule) + ": " + status);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void withoutANameOnlyPublicCallsAreAnswered() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (AccessRule rule : AccessRules.ALL) {
      HttpResponse<String> answer = plane.anonymous(rule.method().name(), path(rule));
      if ((answer.statusCode() == 401) == (rule.role() == null)) {
        wrong.add(rule.method() + " " + path(rule) + ": " + answer.statusCode());
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** A controller that no line names is closed, but it should not be forgotten. */
  @Test
  void eachControllerHasItsLine() {
    List<String> without = new ArrayList<>();
    List<String> methods = new ArrayList<>();
    for (String name :
        List.of("requestMappingHandlerMapping", "webEndpointReactiveHandlerMapping")) {
      plane
          .plane
          .part(RequestMappingInfoHandlerMapping.class, name)
          .getHandlerMethods()
          .keySet()
          .forEach(mapping -> check(mapping, methods, without));
    }
    assertThat(methods).contains("POST /api/v1/session", "GET /actuator/prometheus");
    assertThat(without)
        .as("calls that nobody may make; give them a line in AccessRules")
        // Actuator's list of links is closed on purpose.
        .containsExactly("GET /actuator");
  }

  private static void check(
      RequestMappingInfo mapping, List<String> methods, List<String> without) {
    for (PathPattern path : mapping.getPatternsCondition().getPatterns()) {
      for (RequestMethod method : mapping.getMethodsCondition().getMethods()) {
        String call = method + " " + path;
        methods.add(call);
        boolean known =
            AccessRules.ALL.stream()
                .anyMatch(rule -> rule.matches(method.asHttpMethod()) && covers(rule.path(), path));
        if (!known) {
          without.add(call);
        }
      }
    }
  }

  private static boolean covers(PathPattern rule, PathPattern path) {
    String sample = path.getPatternString().replace("/**", "/x").replaceAll("\\{\\*?\\w+}", "x1");
    return rule.matches(PathContainer.parsePath(sample));
  }
}

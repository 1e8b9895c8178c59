package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

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
}

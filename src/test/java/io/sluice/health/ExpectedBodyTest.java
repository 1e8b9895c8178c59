package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.HealthCheckSpec.BodyPattern;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExpectedBodyTest {

  private static @Nullable String judge(String pattern, boolean isRegex, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new ExpectedBody(new BodyPattern(pattern, isRegex)).judge(bytes, bytes.length, true);
  }

  @Test
  void bodiesAreReadAsUtf8() {
    assertThat(judge("bereit für", false, "Dienst bereit für alle")).isNull();
    assertThat(judge("f.r", true, "für")).isNull();
  }

  @Test
  void aPatternThatNeverEndsIsGivenUp() {
    assertThat(judge("x*x*x*x*y", true, "x".repeat(2_000)))
        .isEqualTo("body cannot be matched with /x*x*x*x*y/: too many steps; simplify the pattern");
  }

  @Test
  void aPatternThatNestsTooDeepIsGivenUp() {
    assertThat(judge("(a|b)*c", true, "ab".repeat(30_000)))
        .isEqualTo("body cannot be matched with /(a|b)*c/: too many steps; simplify the pattern");
  }
}

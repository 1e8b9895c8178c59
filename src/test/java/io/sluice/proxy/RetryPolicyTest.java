package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.PoolLoad.RetryReason;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.config.PoolSpec.Retries.Condition;
import io.sluice.config.PoolSpec.Retries.Methods;
import io.sluice.proxy.RetryPolicy.Sent;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetryPolicyTest {
  private static final Retries RULES = Retries.DEFAULT.withAttempts(2);

  @ParameterizedTest
  @CsvSource({
    "CONNECT, CONNECT_FAILURE",
    "CONNECT_TIMEOUT, CONNECT_FAILURE",
    "TLS, CONNECT_FAILURE",
    "TLS_TIMEOUT, CONNECT_FAILURE",
    "RESET, RESET",
    "BACKEND_CLOSED, RESET",
    "TRY_TIMEOUT, TIMEOUT"
  })
  void whatMayGoBetterElsewhereIsTriedAgain(ProxyError error, RetryReason reason) {
    assertThat(RetryPolicy.after(error, RULES, 0, Sent.NOTHING)).isEqualTo(reason);
    assertThat(RetryPolicy.after(error, RULES, 1, Sent.REPEATABLE)).isEqualTo(reason);
    assertThat(RetryPolicy.after(error, RULES, 0, Sent.FINAL)).isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = ProxyError.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "CONNECT",
        "CONNECT_TIMEOUT",
        "TLS",
        "TLS_TIMEOUT",
        "RESET",
        "BACKEND_CLOSED",
        "TRY_TIMEOUT"
      })
  void nothingElseIs(ProxyError error) {
    assertThat(RetryPolicy.after(error, RULES, 0, Sent.NOTHING)).isNull();
  }

  @Test
  void theAttemptsAreFurtherTries() {
    assertThat(RetryPolicy.after(ProxyError.RESET, RULES, 1, Sent.REPEATABLE)).isNotNull();
    assertThat(RetryPolicy.after(ProxyError.RESET, RULES, 2, Sent.REPEATABLE)).isNull();
    assertThat(RetryPolicy.after(ProxyError.CONNECT, Retries.NONE, 0, Sent.NOTHING)).isNull();
  }

  @Test
  void onlyWhatTheRulesNameIsAReason() {
    Retries connect = RULES.withOn(Set.of(Condition.CONNECT_FAILURE), Set.of());
    assertThat(RetryPolicy.after(ProxyError.CONNECT, connect, 0, Sent.NOTHING)).isNotNull();
    assertThat(RetryPolicy.after(ProxyError.RESET, connect, 0, Sent.REPEATABLE)).isNull();
    assertThat(RetryPolicy.after(ProxyError.TRY_TIMEOUT, connect, 0, Sent.NOTHING)).isNull();
    Retries reset = RULES.withOn(Set.of(Condition.RESET), Set.of());
    assertThat(RetryPolicy.after(ProxyError.CONNECT, reset, 0, Sent.NOTHING)).isNull();
  }

  @Test
  void chosenStatusesAreTriedAgain() {
    Retries rules = RULES.withOn(Set.of(), Set.of(503, 429));
    assertThat(RetryPolicy.after(503, rules, 0, Sent.REPEATABLE)).isTrue();
    assertThat(RetryPolicy.after(429, rules, 1, Sent.REPEATABLE)).isTrue();
    assertThat(RetryPolicy.after(503, rules, 2, Sent.REPEATABLE)).isFalse();
    assertThat(RetryPolicy.after(503, rules, 0, Sent.FINAL)).isFalse();
    assertThat(RetryPolicy.after(502, rules, 0, Sent.REPEATABLE)).isFalse();
    assertThat(RetryPolicy.after(200, rules, 0, Sent.REPEATABLE)).isFalse();
    assertThat(RetryPolicy.after(503, RULES, 0, Sent.REPEATABLE)).isFalse();
  }

  @Test
  void onlyTheOperatorLetsARequestBeRepeatedThatIsNotIdempotent() {
    assertThat(RetryPolicy.allows(RULES, true)).isTrue();
    assertThat(RetryPolicy.allows(RULES, false)).isFalse();
    assertThat(RetryPolicy.allows(RULES.withMethods(Methods.ALL), false)).isTrue();
    assertThat(RetryPolicy.allows(Retries.NONE.withMethods(Methods.ALL), false)).isFalse();
    assertThat(RetryPolicy.allows(Retries.NONE, true)).isTrue();
  }
}

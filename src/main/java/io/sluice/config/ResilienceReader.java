package io.sluice.config;

import io.sluice.config.PoolSpec.Ejection;
import io.sluice.config.PoolSpec.Limits;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.config.PoolSpec.Retries.Budget;
import io.sluice.config.PoolSpec.Retries.Condition;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads what a pool does against failing and overloaded backends: retries, ejection, limits. */
final class ResilienceReader {
  private static final Duration DAY = Duration.ofHours(24);
  private static final int MILLION = 1_000_000;
  private static final int MOST_ATTEMPTS = 10;

  private static final ValueParser<Condition> CONDITION =
      ValueParser.of(ScalarType.WORD_OR_NUMBER, Texts.constant(Condition.class));

  private ResilienceReader() {}

  static Limits limits(@Nullable YamlMapping limits) {
    Limits byDefault = Limits.DEFAULT;
    if (limits == null) {
      return byDefault;
    }
    ValueParser<Integer> count = Numbers.within(0, MILLION);
    return new Limits(
        limits.value("connections-per-backend", count, byDefault.connectionsPerBackend()),
        limits.value("requests-per-backend", count, byDefault.requestsPerBackend()),
        limits.value("requests", Numbers.within(0, 10 * MILLION), byDefault.requests()),
        limits.value("queue", count, byDefault.queue()),
        limits.value(
            "queue-timeout",
            Durations.within(Duration.ofMillis(1), Duration.ofHours(1)),
            byDefault.queueTimeout()));
  }

  static Retries retries(@Nullable YamlMapping retries) {
    Retries byDefault = Retries.DEFAULT;
    if (retries == null) {
      return byDefault;
    }
    Set<Condition> on = EnumSet.noneOf(Condition.class);
    Set<Integer> statuses = new TreeSet<>();
    YamlValue list = retries.get("on");
    List<YamlValue> items = list == null ? null : list.items();
    for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
      condition(item, on, statuses);
    }
    return new Retries(
        retries.value("attempts", Numbers.within(0, MOST_ATTEMPTS), byDefault.attempts()),
        items == null ? byDefault.on() : on,
        statuses,
        retries.value("methods", Texts.constant(Retries.Methods.class), byDefault.methods()),
        retries.value(
            "per-try-timeout", Durations.within(Duration.ZERO, DAY), byDefault.perTryTimeout()),
        retries.value(
            "back-off",
            Durations.within(Duration.ZERO, Duration.ofMinutes(1)),
            byDefault.backOff()),
        budget(retries.mapping("budget", KnownKeys.RETRY_BUDGET)));
  }

  private static void condition(YamlValue item, Set<Condition> on, Set<Integer> statuses) {
    String text = item.text(ScalarType.WORD_OR_NUMBER);
    if (text == null) {
      return;
    }
    boolean status = text.matches("408|425|429|5[0-9]{2}");
    if (!status && text.matches("[0-9]+")) {
      item.problem(
          Quoted.of(text)
              + " is no status that asks for another try: expected 408, 425, 429 or 500 to 599");
      return;
    }
    Condition condition = status ? null : item.parsed(CONDITION);
    boolean added =
        status ? statuses.add(Integer.parseInt(text)) : condition == null || on.add(condition);
    if (!added) {
      item.problem(Quoted.of(text) + " is given twice");
    }
  }

  private static Budget budget(@Nullable YamlMapping budget) {
    Budget byDefault = Budget.DEFAULT;
    if (budget == null) {
      return byDefault;
    }
    return new Budget(
        budget.value("ratio", Numbers.decimalWithin(0, 1), byDefault.ratio()),
        budget.value("min-per-second", Numbers.within(0, MILLION), byDefault.minPerSecond()));
  }

  static Ejection ejection(@Nullable YamlMapping ejection) {
    Ejection byDefault = Ejection.DEFAULT;
    if (ejection == null) {
      return byDefault;
    }
    ValueParser<Integer> count = Numbers.within(0, 1000);
    return new Ejection(
        ejection.value("consecutive-gateway-errors", count, byDefault.consecutiveGatewayErrors()),
        ejection.value("consecutive-5xx", count, byDefault.consecutive5xx()),
        ejection.value("success-rate", Numbers.decimalWithin(0, 10), byDefault.successRate()),
        ejection.value("latency-factor", Numbers.decimalWithin(0, 1000), byDefault.latencyFactor()),
        ejection.value(
            "base-time", Durations.within(Duration.ofMillis(1), DAY), byDefault.baseTime()),
        ejection.value("max-share", Numbers.decimalWithin(0, 1), byDefault.maxShare()));
  }
}

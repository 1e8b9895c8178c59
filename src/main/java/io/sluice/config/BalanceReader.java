package io.sluice.config;

import io.sluice.config.BalanceSpec.Hash;
import io.sluice.config.BalanceSpec.Panic;
import io.sluice.config.BalanceSpec.SlowStart;
import io.sluice.config.BalanceSpec.Sticky;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads how a pool's algorithm chooses. */
final class BalanceReader {
  private static final int MOST_CHOICES = 16;
  private static final double LARGEST_BOUND = 10.0;

  private static final ValueParser<Integer> CHOICES =
      ValueParser.of(ScalarType.WORD_OR_NUMBER, BalanceReader::choices);
  private static final ValueParser<Double> BOUND =
      ValueParser.of(ScalarType.NUMBER, BalanceReader::bound);

  private BalanceReader() {}

  static BalanceSpec read(YamlMapping pool) {
    return new BalanceSpec(
        pool.value("choices", CHOICES, BalanceSpec.DEFAULT.choices()),
        hash(pool.mapping("hash", KnownKeys.HASH)),
        sticky(pool.mapping("sticky", KnownKeys.STICKY)),
        slowStart(pool.mapping("slow-start", KnownKeys.SLOW_START)),
        panic(pool.mapping("panic", KnownKeys.PANIC)));
  }

  private static int choices(String text) throws BadValueException {
    if (text.equals("all")) {
      return 0;
    }
    if (!text.matches("[0-9]{1,2}")
        || Integer.parseInt(text) < 2
        || Integer.parseInt(text) > MOST_CHOICES) {
      throw new BadValueException(
          Quoted.of(text) + " is not known here: expected 2 to " + MOST_CHOICES + ", or all");
    }
    return Integer.parseInt(text);
  }

  private static Hash hash(@Nullable YamlMapping hash) {
    if (hash == null) {
      return Hash.DEFAULT;
    }
    return new Hash(
        hash.value("key", RequestKeys::ofHash, Hash.DEFAULT.key()),
        hash.value("bounded-load", BOUND, Hash.DEFAULT.boundedLoad()));
  }

  private static double bound(String text) throws BadValueException {
    double bound = Numbers.decimalWithin(0, LARGEST_BOUND).parse(text);
    if (bound > 0 && bound <= 1) {
      throw new BadValueException(
          Quoted.of(text)
              + " leaves no room: expected more than 1, for instance 1.25, or 0 for no bound");
    }
    return bound;
  }

  private static @Nullable Sticky sticky(@Nullable YamlMapping sticky) {
    if (sticky == null) {
      return null;
    }
    return new Sticky(
        sticky.value("cookie", RequestKeys::cookie, Sticky.DEFAULT.cookie()),
        sticky.value(
            "ttl", Durations.within(Duration.ZERO, Duration.ofDays(365)), Sticky.DEFAULT.ttl()),
        sticky.optional("key-file", Texts::path));
  }

  private static SlowStart slowStart(@Nullable YamlMapping slowStart) {
    SlowStart byDefault = SlowStart.DEFAULT;
    if (slowStart == null) {
      return byDefault;
    }
    return new SlowStart(
        slowStart.value(
            "duration",
            Durations.within(Duration.ZERO, Duration.ofHours(24)),
            byDefault.duration()),
        slowStart.value("curve", Numbers.decimalWithin(0.1, 10), byDefault.curve()));
  }

  private static Panic panic(@Nullable YamlMapping panic) {
    Panic byDefault = Panic.DEFAULT;
    if (panic == null) {
      return byDefault;
    }
    return new Panic(
        panic.value("threshold", Numbers.decimalWithin(0, 1), byDefault.threshold()),
        panic.value("mode", Texts.constant(Panic.Mode.class), byDefault.mode()));
  }

  /** What tells clients apart for a rate limit; null: nothing does. */
  static BalanceSpec.@Nullable Key rateLimitKey(YamlMapping limit) {
    YamlValue value = limit.get("key");
    if (value == null) {
      return BalanceSpec.Key.CLIENT_IP;
    }
    return "none".equals(value.scalar()) ? null : value.parsed(RequestKeys::ofRateLimit);
  }
}

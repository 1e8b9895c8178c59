package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The same texts as {@code frontend/src/format.test.ts} expects. */
class FormatsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private final Formats formats = new Formats(() -> NOW);

  @Test
  void ratesHaveADigitAfterThePointOnlyWhileTheyAreSmall() {
    assertThat(formats.rate(0)).isEqualTo("0");
    assertThat(formats.rate(3.24)).isEqualTo("3.2");
    assertThat(formats.rate(4)).isEqualTo("4");
    assertThat(formats.rate(118.4)).isEqualTo("118");
    assertThat(formats.rate(1059)).isEqualTo("1,059");
  }

  @Test
  void aShareIsNeverRoundedUpToAll() {
    assertThat(formats.share(1.0)).isEqualTo("100 %");
    assertThat(formats.share(0.99999)).isEqualTo("99.99 %");
    assertThat(formats.share(0.9994)).isEqualTo("99.94 %");
    assertThat(formats.share(0.9)).isEqualTo("90 %");
    assertThat(formats.share(0.0)).isEqualTo("0 %");
    assertThat(formats.share(null)).isEqualTo("–");
  }

  @Test
  void latenciesAreNumbersAlone() {
    assertThat(formats.millis(0.42)).isEqualTo("0.4");
    assertThat(formats.millis(12.4)).isEqualTo("12");
    assertThat(formats.millis(1900.0)).isEqualTo("1,900");
    assertThat(formats.millis(null)).isEqualTo("–");
  }

  @Test
  void spansHaveTheUnitsThatMatter() {
    assertThat(formats.span(Duration.ofMillis(21_900))).isEqualTo("21 s");
    assertThat(formats.span(Duration.ofSeconds(299))).isEqualTo("4 min");
    assertThat(formats.span(Duration.ofMinutes(125))).isEqualTo("2 h 5 min");
    assertThat(formats.span(Duration.ofHours(2))).isEqualTo("2 h");
    assertThat(formats.span(Duration.ofHours(80))).isEqualTo("3 d");
    assertThat(formats.span(Duration.ofSeconds(-1))).isEqualTo("0 s");
    assertThat(formats.since(NOW.minusSeconds(30))).isEqualTo("30 s");
    assertThat(formats.until(NOW.plusSeconds(30))).isEqualTo("30 s");
  }

  @Test
  void aTimeOfAnotherDayHasItsDate() {
    assertThat(formats.clock(NOW)).isEqualTo("12:00:00");
    assertThat(formats.clock(NOW.minusSeconds(43_201))).isEqualTo("2026-02-28 23:59:59");
  }

  @Test
  void sizesAndCountsAreForPeople() {
    assertThat(formats.bytes(512)).isEqualTo("512 B");
    assertThat(formats.bytes(3_565_158)).isEqualTo("3.4 MiB");
    assertThat(formats.bytes(400L << 20)).isEqualTo("400 MiB");
    assertThat(formats.count(1, "backend")).isEqualTo("1 backend");
    assertThat(formats.count(1200, "backend")).isEqualTo("1,200 backends");
  }
}

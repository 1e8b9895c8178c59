package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueParserTest {
  private static final ValueParser<Duration> WAIT =
      Durations.within(Duration.ofMillis(1), Duration.ofHours(24));

  @ParameterizedTest
  @CsvSource({
    "1ms, PT0.001S",
    "500ms, PT0.5S",
    "5s, PT5S",
    "2m, PT2M",
    "24h, PT24H",
    "007s, PT7S",
    "PT5S, PT5S",
    "PT0.25S, PT0.25S",
    "PT1H30M, PT1H30M",
    "P1D, PT24H"
  })
  void aDurationIsANumberAndAUnit(String text, Duration expected) throws Exception {
    assertThat(WAIT.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "s", "5 s", "5S", "-5s", "+5s", "5sec", "1m30s", "９s", "5s\n", "P", "PT", "PT5", "P1DT",
        "pt5s", "PT-5S", "P1Y", "PT5S\n", "PT.5S"
      })
  void anythingElseIsNoDuration(String text) {
    assertThatThrownBy(() -> WAIT.parse(text)).hasMessageContaining("is not a duration");
  }

  @Test
  void aDurationHasWholeMilliseconds() {
    assertThatThrownBy(() -> WAIT.parse("PT1.0005S")).hasMessageContaining("finer than a milli");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0ms",
        "86400001ms",
        "25h",
        "999999999999h",
        "PT0S",
        "P999999999DT999999999999H999999999999M999999999999S"
      })
  void aDurationOutOfRangeIsRefused(String text) {
    assertThatThrownBy(() -> WAIT.parse(text)).hasMessageEndingWith("is out of range: 1ms to 24h");
  }

  @ParameterizedTest
  @CsvSource({"PT0S, 0s", "PT0.25S, 250ms", "PT90S, 90s", "PT5M, 5m", "PT24H, 24h"})
  void aDurationIsShownInItsLargestWholeUnit(Duration duration, String expected) {
    assertThat(Durations.text(duration)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"64, 64", "64B, 64", "8KiB, 8192", "1MiB, 1048576"})
  void aSizeIsBytesOrANumberWithAUnit(String text, int expected) throws Exception {
    assertThat(Numbers.bytesWithin(64, 1024 * 1024).parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"63", "1048577", "2MiB", "999999999MiB"})
  void aSizeOutOfRangeIsRefused(String text) {
    assertThatThrownBy(() -> Numbers.bytesWithin(64, 1024 * 1024).parse(text))
        .hasMessageEndingWith("is out of range: 64B to 1024KiB");
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:6188, 0.0.0.0:6188",
    "LocalHost:0, localhost:0",
    "[::]:80, [::]:80",
    "[::FFFF:10.0.0.1]:80, [::ffff:10.0.0.1]:80",
    "xn--bcher-kva.example:65535, xn--bcher-kva.example:65535",
    "1a.2b:1, 1a.2b:1",
    "unix:/run/a b.sock, unix:/run/a b.sock"
  })
  void anAddressOfEachKindIsTaken(String text, String expected) throws Exception {
    assertThat(Addresses.listener(text)).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.0.0.0/8",
    "0.0.0.0/0, 0.0.0.0/0",
    "192.0.2.7, 192.0.2.7/32",
    "fd00::/8, fd00:0:0:0:0:0:0:0/8",
    "::/0, 0:0:0:0:0:0:0:0/0",
    "::1, 0:0:0:0:0:0:0:1/128"
  })
  void aNetworkOfEachKindIsTaken(String text, String expected) throws Exception {
    assertThat(Networks.parse(text)).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "fd00::1/8, fd00::/8",
    "2001:db8:0:0:1::1/80, 2001:db8::1:0:0:0/80",
    "::1/0, ::/0",
    "10.1.2.3/8, 10.0.0.0/8"
  })
  void aNetworkWithBitsBehindThePrefixIsRefusedWithTheOneMeant(String text, String meant) {
    assertThatThrownBy(() -> Networks.parse(text))
        .hasMessageEndingWith("did you mean '" + meant + "'?");
  }

  @ParameterizedTest
  @CsvSource({
    "a.example, a.example",
    "*.A.example, *.a.example",
    "10.0.0.1, 10.0.0.1",
    "[2001:DB8::1], [2001:db8::1]"
  })
  void aHostPatternOfEachKindIsTaken(String text, String expected) throws Exception {
    assertThat(MatchPatterns.host(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/**",
        "/a",
        "/a/",
        "/a/**",
        "/a.b/..c/**",
        "/%7Euser",
        "/a;v=1,2/(x)@y:z!$&'+=~"
      })
  void aPathPatternOfEachKindIsTaken(String text) throws Exception {
    assertThat(MatchPatterns.path(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/new?from={path}",
        "https://{host}{path}{query}",
        "https://{host}:8443{path}",
        "http://www.{host}/",
        "https://example.com",
        "https://[::1]:8443/a#b",
        "https://example.com?q=1"
      })
  void aRedirectTargetOfEachKindIsTaken(String text) throws Exception {
    assertThat(RedirectTarget.parse(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a:80", "10.0.0.1", "[::1]", "[::1]:80", "A.Example:65535"})
  void aHostFieldOfEachKindIsTaken(String text) throws Exception {
    assertThat(HostNames.hostField(text)).isEqualTo(text);
  }

  @Test
  void aHostNameHasAtMost253Characters() throws Exception {
    String longest = "a23456789.".repeat(25) + "abc";

    assertThat(HostNames.name(longest)).hasSize(253);
    assertThatThrownBy(() -> HostNames.name("a" + longest)).hasMessageContaining("253");
  }

  @Test
  void foreignTextInMessagesIsShortAndOnOneLine() {
    assertThat(Quoted.of("a\r\n\tb\u0000\u2028\uD800é"))
        .isEqualTo("'a\\r\\n\\tb\\u0000\\u2028\\ud800é'");
    assertThat(Quoted.of("x".repeat(1000))).hasSize(65).endsWith("...'");
  }
}

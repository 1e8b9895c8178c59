package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
  private static final List<String> NAMES =
      List.of("request-headers", "response-headers", "match", "id", "pool");

  @ParameterizedTest
  @CsvSource({
    "requestHeaders, request-headers",
    "request_headers, request-headers",
    "REQUEST-HEADER, request-headers",
    "respons-headers, response-headers",
    "mathc, match",
    "pools, pool",
    "idd, id"
  })
  void aSlipOfThePenIsRecognised(String given, String meant) {
    assertThat(NearestName.of(given, NAMES)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"x", "headers", "''", "upstream", "poet"})
  void whatResemblesNothingHasNoNearest(String given) {
    assertThat(NearestName.of(given, NAMES)).isNull();
  }

  @Test
  void anEndlessNameCostsNothing() {
    assertThat(NearestName.of("a".repeat(1_000_000), NAMES)).isNull();
  }

  @Test
  void aLongListOfCandidatesIsCut() {
    List<String> many = IntStream.range(0, 1000).mapToObj(i -> "pool-number-" + i).toList();

    assertThat(NearestName.hint("x", many))
        .startsWith("; known here: pool-number-0, pool-number-1, ")
        .endsWith("pool-number-19, ...");
  }
}

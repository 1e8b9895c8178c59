package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpringSectionsTest {

  @Test
  void ourSectionIsLeftOutAndTheOthersStay() {
    String yaml =
        """
        user: www-data
        version: 1
        spring.main.banner-mode: off
        logging: {level: {root: warn}}
        sluice: {bootstrap: {pools: [{id: a, retries: {on: [reset]}}]}}
        server:
          error: {include-message: never}
        """;
    assertThat(SpringSections.of(yaml))
        .contains("root: warn", "include-message: never", "spring.main.banner-mode")
        .doesNotContain("sluice", "reset", "user", "version");
  }

  @Test
  void aFileWithOnlyOurSectionOrNothingAtAllHasNoneForSpring() {
    assertThat(SpringSections.of("sluice: {threads: 1}")).isEmpty();
    assertThat(SpringSections.of("")).isEmpty();
    assertThat(SpringSections.of("# only words\n")).isEmpty();
  }

  @Test
  void aSectionIsFoundHoweverItIsWritten() {
    for (String yaml :
        List.of(
            "server: {port: 1}",
            "server.port: 1",
            "# server\nserver:\n  port: 1\n",
            "# words\rserver: {port: 1}",
            "{sluice: {threads: 1}, server: {port: 1}}",
            "{\"sluice\": {\"x\": \"#\"}, \"server\": {\"port\": 1}}",
            "\"s\\x65rver\": {port: 1}",
            "? server\n: {port: 1}\n")) {
      assertThat(SpringSections.of(yaml)).as(yaml).contains("port").doesNotContain("threads");
    }
  }

  @Test
  void aNameInACommentOrFurtherInsideIsNoSection() {
    assertThat(SpringSections.of("  # server: {port: 1}\nsluice: {threads: 1}")).isEmpty();
    assertThat(SpringSections.of("sluice: {server: {port: 1}}")).isEmpty();
  }
}

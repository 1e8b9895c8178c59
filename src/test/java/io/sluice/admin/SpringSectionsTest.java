package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpringSectionsTest {

  @Test
  void ourSectionIsLeftOutAndTheOthersStay() {
    String yaml =
        """
        logging: {level: {root: warn}}
        sluice: {bootstrap: {pools: [{id: a, retries: {on: [reset]}}]}}
        server:
          error: {include-message: never}
        """;
    assertThat(SpringSections.of(yaml))
        .contains("root: warn", "include-message: never")
        .doesNotContain("sluice", "reset");
  }

  @Test
  void aFileWithOnlyOurSectionOrNothingAtAllHasNoneForSpring() {
    assertThat(SpringSections.of("sluice: {threads: 1}")).isEmpty();
    assertThat(SpringSections.of("")).isEmpty();
    assertThat(SpringSections.of("# only words\n")).isEmpty();
  }
}

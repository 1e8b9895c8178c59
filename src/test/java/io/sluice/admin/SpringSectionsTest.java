package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

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
}

package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ChangesTest {
  @Test
  void whoWaitsForAChangeThatDoesNotComeIsToldWhereToLook() {
    CompletableFuture<String> never = new CompletableFuture<>();
    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(() -> Changes.await(never, Duration.ofMillis(1)))
        .satisfies(
            problem -> {
              assertThat(problem.status().value()).isEqualTo(503);
              assertThat(problem.code()).isEqualTo("timeout");
              assertThat(problem.detail()).contains("GET /api/v1/revisions");
            });
    assertThat(never).as("the change goes on").isNotDone();
  }

  @Test
  void whoIsInterruptedIsToldThatSluiceEnds() {
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(ProblemException.class)
        .isThrownBy(() -> Changes.await(new CompletableFuture<>()))
        .satisfies(problem -> assertThat(problem.code()).isEqualTo("stopping"));
    assertThat(Thread.interrupted()).as("the interruption is kept").isTrue();
  }
}

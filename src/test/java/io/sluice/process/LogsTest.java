package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogsTest {

  @ParameterizedTest
  @CsvSource({"info, INFO", "DEBUG, DEBUG", "Warn, WARN", "error, ERROR", "trace, TRACE"})
  void aLevelIsNamedInAnyCase(String value, String level) throws StartException {
    assertThat(Logs.level(value)).isEqualTo(level);
  }

  @Test
  void notSetMeansNoLevel() throws StartException {
    assertThat(Logs.level(null)).isNull();
    assertThat(Logs.level("")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"verbose", "off", "all", "INFO ", "io.sluice=debug"})
  void anythingElseIsWrongUsage(String value) {
    assertThatExceptionOfType(StartException.class)
        .isThrownBy(() -> Logs.level(value))
        .withMessage(
            "SLUICE_LOG is '%s'; it takes ERROR, WARN, INFO, DEBUG, TRACE".formatted(value))
        .extracting(StartException::code)
        .isEqualTo(ExitCode.USAGE);
  }
}

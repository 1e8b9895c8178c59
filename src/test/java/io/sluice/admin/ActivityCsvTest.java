package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts of anybody in a file that a spreadsheet opens. */
class ActivityCsvTest {
  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n@x"})
  void whatASpreadsheetWouldCalculateIsMadeAText(String formula) {
    assertThat(ActivityCsv.cell(formula)).isEqualTo("\"'" + formula + "\"");
  }

  @Test
  void everythingElseStaysAsItIsBetweenQuotes() {
    assertThat(ActivityCsv.cell("a \"quoted\", text")).isEqualTo("\"a \"\"quoted\"\", text\"");
    assertThat(ActivityCsv.cell("a=b")).isEqualTo("\"a=b\"");
    assertThat(ActivityCsv.cell("")).isEqualTo("\"\"");
    assertThat(ActivityCsv.cell(null)).isEqualTo("\"\"");
  }
}

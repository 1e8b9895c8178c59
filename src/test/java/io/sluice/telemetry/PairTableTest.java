package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PairTableTest {
  private final PairTable<LoopStatistics.Cell> table = new PairTable<>();

  private static LoopStatistics.Cell cell(int i) {
    return LoopStatistics.Cell.ofBackend("p" + i % 7, "b" + i, 0);
  }

  @Test
  void everyEntryIsFoundByItsTwoTexts() {
    LoopStatistics.Cell[] cells = new LoopStatistics.Cell[2_000];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cell(i);
      table.put(cells[i]);
    }
    for (int i = 0; i < cells.length; i++) {
      assertThat(table.get("p" + i % 7, "b" + i)).isSameAs(cells[i]);
    }
    assertThat(table.get("b1", "p1")).isNull();
    assertThat(table.size()).isEqualTo(2_000);
  }

  @Test
  void whatWasTakenOutIsNotFoundAndTheRestIs() {
    for (int i = 0; i < 2_000; i++) {
      table.put(cell(i));
    }
    table.removeIf(cell -> !cell.first.equals("p3"));
    for (int i = 0; i < 2_000; i++) {
      assertThat(table.get("p" + i % 7, "b" + i) != null).isEqualTo(i % 7 == 3);
    }
    assertThat(table.size()).isEqualTo(286);
  }

  @Test
  void textsWithTheSameHashAreToldApart() {
    table.put(LoopStatistics.Cell.ofBackend("Aa", "x", 0));
    assertThat("Aa").hasSameHashCodeAs("BB");
    assertThat(table.get("BB", "x")).isNull();
    table.put(LoopStatistics.Cell.ofBackend("BB", "x", 0));
    LoopStatistics.Cell found = table.get("BB", "x");
    assertThat(found).isNotNull().extracting(c -> c.first).isEqualTo("BB");
  }
}

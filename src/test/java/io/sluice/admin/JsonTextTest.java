package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {

  private static Object read(String text) throws JsonText.SyntaxException {
    return JsonText.read(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aDocumentIsReadAsMapsListsAndValues() throws Exception {
    assertThat(read(" {\"a\":[1,2.5,true,\"ä\"],\"b\":{}} "))
        .isEqualTo(Map.of("a", List.of(1, 2.5, true, "ä"), "b", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":1}{}",
        "[1] 2",
        "NaN",
        "Infinity",
        "01",
        "{\"a\":1,\"a\":2}",
        "// c\n1",
        "\"\u0001\"",
        "tru",
        "\uFEFF{}",
        "[1,,2]",
        "+1",
        "\"\\x\""
      })
  void whatIsNotStrictJsonIsRefused(String text) {
    assertThatExceptionOfType(JsonText.SyntaxException.class).isThrownBy(() -> read(text));
  }

  @Test
  void thePlaceIsTold() {
    assertThatExceptionOfType(JsonText.SyntaxException.class)
        .isThrownBy(() -> read("{\n \"a\": [1, x]}"))
        .withMessageContaining("line 2")
        .satisfies(e -> assertThat(e.pointer()).startsWith("/a"));
  }

  @Test
  void depthIsBounded() throws Exception {
    assertThat(read("[".repeat(32) + "]".repeat(32))).isNotNull();
    assertThatExceptionOfType(JsonText.SyntaxException.class)
        .isThrownBy(() -> read("[".repeat(33) + "]".repeat(33)))
        .withMessageContaining("deeper than 32");
  }
}

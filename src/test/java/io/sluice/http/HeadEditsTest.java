package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.sluice.http.HeadEdits.Edit;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadEditsTest {
  private final HeadEdits edits = new HeadEdits();
  private final RequestHead head = new RequestHead();

  private String written(String fields) {
    head.reset();
    head.feed(
        Unpooled.wrappedBuffer(Ascii.bytes("GET / HTTP/1.0\r\n" + fields + "\r\n")),
        new HeadLimits(8192, 32768, 100));
    ByteBuf out =
        new HeadWriter().start().fields(head, edits).take(UnpooledByteBufAllocator.DEFAULT, 0);
    try {
      return out.toString(StandardCharsets.UTF_8);
    } finally {
      out.release();
    }
  }

  @Test
  void setReplacesEveryFieldOfTheNameWhateverItsCase() {
    edits.add(Edit.set("X-A", "new"));
    assertThat(written("x-a: 1\r\nB: 2\r\nX-A: 3\r\n")).isEqualTo("B: 2\r\nX-A: new\r\n");
  }

  @Test
  void setPutsInAFieldThatWasNotThere() {
    edits.add(Edit.set("X-A", "new"));
    assertThat(written("")).isEqualTo("X-A: new\r\n");
  }

  @Test
  void addLeavesTheOthers() {
    edits.add(Edit.add("X-A", "2"));
    edits.add(Edit.add("X-A", "3"));
    assertThat(written("x-a: 1\r\n")).isEqualTo("x-a: 1\r\nX-A: 2\r\nX-A: 3\r\n");
  }

  @Test
  void removeTakesOutOnlyWholeNames() {
    edits.add(Edit.remove("x-a"));
    assertThat(written("X-AB: 1\r\nX-A: 2\r\nX: 3\r\n")).isEqualTo("X-AB: 1\r\nX: 3\r\n");
  }

  @Test
  void aLaterEditWinsOverAnEarlierOne() {
    edits.add(Edit.set("A", "1"));
    edits.add(Edit.add("A", "2"));
    edits.add(Edit.set("a", "3"));
    assertThat(written("A: 0\r\n")).isEqualTo("a: 3\r\n");
    edits.add(Edit.remove("A"));
    assertThat(written("A: 0\r\n")).isEmpty();
    edits.add(Edit.add("A", "4"));
    assertThat(written("A: 0\r\n")).isEqualTo("A: 4\r\n");
  }

  @Test
  void preparedEditsAreNotChangedByLaterOnes() {
    Edit shared = Edit.set("A", "1");
    edits.add(shared);
    edits.add(Edit.remove("A"));
    edits.reset();
    assertThat(edits.isEmpty()).isTrue();
    edits.add(shared);
    assertThat(written("A: 0\r\n")).isEqualTo("A: 1\r\n");
  }

  @Test
  void manyEditsFit() {
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      edits.add(Edit.add("X-" + i, "v" + i));
      expected.append("X-").append(i).append(": v").append(i).append("\r\n");
    }
    assertThat(written("")).isEqualTo(expected.toString());
  }

  @Test
  void saysWhichKindsItSets() {
    edits.add(Edit.remove("Date"));
    assertThat(edits.sets(Field.DATE)).isFalse();
    edits.add(Edit.set("host", "h"));
    assertThat(edits.sets(Field.HOST)).isTrue();
    edits.add(Edit.remove("Host"));
    assertThat(edits.sets(Field.HOST)).isFalse();
  }

  @Test
  void valuesAreUtf8() {
    edits.add(Edit.set("A", "caf\u00e9"));
    assertThat(written("")).isEqualTo("A: caf\u00e9\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:", "a\r\nb", "caf\u00e9", "\u010aa", "(a)"})
  void aNameMustBeAToken(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> Edit.set(name, "v"));
    assertThatIllegalArgumentException().isThrownBy(() -> Edit.add(name, "v"));
    assertThatIllegalArgumentException().isThrownBy(() -> Edit.remove(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nInjected: 1", "a\n", "\r", "a\u0000", "\u007f", "a\u0001"})
  void aValueMustNotHoldAControlCharacter(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Edit.set("A", value))
        .withMessageContaining("A");
  }
}

package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.LineDiff.Hunk;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LineDiffTest {

  @Provide
  Arbitrary<List<String>> texts() {
    return Arbitraries.of("a", "b", "c", "").list().ofMaxSize(25);
  }

  /** One text made of the other by the hunks alone. */
  private static List<String> applied(List<String> one, List<String> other, List<Hunk> hunks) {
    List<String> made = new ArrayList<>();
    int at = 0;
    for (Hunk hunk : hunks) {
      made.addAll(one.subList(at, hunk.from()));
      made.addAll(other.subList(hunk.to(), hunk.toEnd()));
      at = hunk.fromEnd();
    }
    made.addAll(one.subList(at, one.size()));
    return made;
  }

  @Property
  void theHunksMakeOneTextOfTheOtherWithTheFewestLines(
      @ForAll("texts") List<String> one, @ForAll("texts") List<String> other) {
    List<Hunk> hunks = LineDiff.hunks(one, other);
    assertThat(applied(one, other, hunks)).isEqualTo(other);
    int edits = hunks.stream().mapToInt(h -> h.fromEnd() - h.from() + h.toEnd() - h.to()).sum();
    assertThat(edits).isEqualTo(one.size() + other.size() - 2 * common(one, other));
  }

  /** The length of the longest common subsequence, by the book. */
  private static int common(List<String> one, List<String> other) {
    int[][] longest = new int[one.size() + 1][other.size() + 1];
    for (int i = 1; i <= one.size(); i++) {
      for (int j = 1; j <= other.size(); j++) {
        longest[i][j] =
            one.get(i - 1).equals(other.get(j - 1))
                ? longest[i - 1][j - 1] + 1
                : Math.max(longest[i - 1][j], longest[i][j - 1]);
      }
    }
    return longest[one.size()][other.size()];
  }

  @Property
  void aMergeWithSomebodyWhoChangedNothingIsTheOthersText(
      @ForAll("texts") List<String> base, @ForAll("texts") List<String> changed) {
    String before = text(base);
    String after = text(changed);
    assertThat(LineDiff.merged(before, after, before)).isEqualTo(after);
    assertThat(LineDiff.merged(before, before, after)).isEqualTo(after);
    assertThat(LineDiff.merged(before, after, after)).isEqualTo(after);
  }

  private static String text(List<String> lines) {
    return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  @Test
  void changesOfDifferentLinesAreMergedAndOfTheSameAreNot() {
    String base = "a\nb\nc\nd\ne\n";
    assertThat(LineDiff.merged(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n"))
        .isEqualTo("A\nb\nc\nd\nE\nf\n");
    assertThat(LineDiff.merged(base, "a\nb\nX\nd\ne\n", "a\nb\nY\nd\ne\n")).isNull();
    assertThat(LineDiff.merged(base, "a\nb\nx\nc\nd\ne\n", "a\nb\ny\nc\nd\ne\n")).isNull();
  }

  @Test
  void equalPartsAreFoldedAndLinesKeepTheirNumbers() {
    String base =
        IntStream.rangeClosed(1, 40).mapToObj(i -> "l" + i + "\n").collect(Collectors.joining());
    List<LineDiff.Row> rows = LineDiff.rows(base, base.replace("l20\n", "new\nmore\n"));
    assertThat(rows)
        .extracting(
            row -> row.kind() + row.leftNumber() + "/" + row.rightNumber() + "+" + row.skipped())
        .containsExactly(
            "gap0/0+16",
            "same17/17+0",
            "same18/18+0",
            "same19/19+0",
            "changed20/20+0",
            "changed0/21+0",
            "same21/22+0",
            "same22/23+0",
            "same23/24+0",
            "gap0/0+17");
    assertThat(LineDiff.rows(base, base)).isEmpty();
  }

  @Test
  void textsWithNothingInCommonCostNoSquare() {
    List<String> one = IntStream.range(0, 50_000).mapToObj(i -> "a" + i).toList();
    List<String> other = IntStream.range(0, 50_000).mapToObj(i -> "b" + i).toList();
    assertThat(LineDiff.hunks(one, other)).containsExactly(new Hunk(0, 50_000, 0, 50_000));
  }
}

package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.control.ChangeException;
import io.sluice.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

/** Every refusal that the sources name is in the table that programs are written by. */
class ProblemCodesTest {
  private static final Path SOURCES = Path.of("src/main/java/io/sluice");
  private static final Path PAGE = Path.of("docs/reference/api.md");

  private static final Pattern REFUSAL =
      Pattern.compile("(?:HttpStatus\\.([A-Z_]+)|\\bof\\(\\s*([45]\\d\\d)),\\s*\"([a-z-]+)\"");
  private static final Pattern REFUSED_CHANGE =
      Pattern.compile(
          Arrays.stream(ChangeException.Kind.values())
              .map(Enum::name)
              .collect(Collectors.joining("|", "Kind\\.(?:", "),\\s*\"([a-z-]*[a-z])\"")));
  private static final Pattern WORD = Pattern.compile("`([a-z-]+)`");

  /** The page's lines of the table: statuses, codes. */
  private static List<String[]> table() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .dropWhile(line -> !line.equals("| status | `code` |"))
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(line -> line.split("\\|", -1))
        .toList();
  }

  private static Set<String> words(String cell) {
    Set<String> words = new TreeSet<>();
    Matcher word = WORD.matcher(cell);
    while (word.find()) {
      words.add(word.group(1));
    }
    return words;
  }

  private static List<String> sources(String part) throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.list(SOURCES.resolve(part))) {
      for (Path file : files.toList()) {
        texts.add(Files.readString(file));
      }
    }
    return texts;
  }

  @Test
  void everyRefusalIsInTheTableWithItsStatus() throws Exception {
    List<String[]> table = table();
    Set<String> missing = new TreeSet<>();
    int found = 0;
    for (String text : sources("admin")) {
      Matcher refusal = REFUSAL.matcher(text);
      while (refusal.find()) {
        found++;
        String status =
            refusal.group(1) == null
                ? refusal.group(2)
                : String.valueOf(HttpStatus.valueOf(refusal.group(1)).value());
        String code = refusal.group(3);
        if (table.stream()
            .noneMatch(row -> row[1].contains(status) && words(row[2]).contains(code))) {
          missing.add(status + " " + code);
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(found).as("refusals in the sources").isGreaterThan(25);
  }

  @Test
  void everyRefusedChangeIsInTheTable() throws Exception {
    Set<String> known = new TreeSet<>();
    table().forEach(row -> known.addAll(words(row[2])));
    Set<String> codes = new TreeSet<>();
    for (String part : List.of("admin", "control")) {
      for (String text : sources(part)) {
        Matcher refusal = REFUSED_CHANGE.matcher(text);
        while (refusal.find()) {
          codes.add(refusal.group(1));
        }
      }
    }
    for (StoreException.Kind kind : StoreException.Kind.values()) {
      codes.add(new StoreException(kind, "").code());
    }
    assertThat(codes).contains("stopping", "managed-by-file");
    assertThat(known).containsAll(codes);
  }
}

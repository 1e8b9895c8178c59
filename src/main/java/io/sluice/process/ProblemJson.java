package io.sluice.process;

import io.sluice.config.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Problems for programs. */
final class ProblemJson {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ProblemJson() {}

  /** An array with an object for each problem. */
  static String of(List<Problem> problems) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Problem problem : problems) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("file", problem.file());
      one.put("line", problem.line());
      one.put("column", problem.column());
      one.put("key", problem.key());
      one.put("message", problem.message());
      one.put("severity", problem.severity().name().toLowerCase(Locale.ROOT));
      all.add(one);
    }
    return JSON.writeValueAsString(all);
  }
}

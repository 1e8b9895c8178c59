package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.SnapshotDocument;
import io.sluice.telemetry.Statistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/** What forms about backends share: their fields as the API's members, and what they would do. */
@Component
final class BackendForms {
  private final Live live;
  private final Statistics statistics;
  private final Formats fmt;

  BackendForms(Live live, Management management, Formats fmt) {
    this.live = live;
    this.statistics = management.statistics();
    this.fmt = fmt;
  }

  /**
   * What can be edited of a backend.
   *
   * @param labels a line for each, {@code name=value}
   * @param etag of what is there
   */
  record Fields(String address, String weight, String tier, String labels, String etag) {}

  Fields fields(BackendSpec spec) {
    return new Fields(
        spec.address().toString(),
        Integer.toString(spec.weight()),
        Integer.toString(spec.tier()),
        labels(spec).entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining("\n")),
        Etags.of(SnapshotDocument.write(spec)));
  }

  /** Labels in the order of their names. */
  static Map<String, String> labels(BackendSpec spec) {
    return new TreeMap<>(spec.labels());
  }

  /** What a change would do; when that cannot be told, why. */
  ImpactView impact(Supplier<ResponseEntity<byte[]>> dryRun) {
    try {
      return ImpactView.of(dryRun.get(), live, statistics, fmt);
    } catch (ProblemException problem) {
      return ImpactView.unknown(problem);
    }
  }

  /** A whole number as the API takes it; a text that is none stays one, for the API to refuse. */
  static Object number(String text) {
    return text.matches("[0-9]{1,9}") ? (Object) Integer.valueOf(text) : text;
  }

  /**
   * Labels by lines of {@code name=value}; those that are no more there are null, as a merge patch
   * says it.
   *
   * @throws ProblemException 422 at the field {@code labels}
   */
  static Map<String, @Nullable Object> labels(String lines, @Nullable BackendSpec before) {
    Map<String, @Nullable Object> labels = new LinkedHashMap<>();
    if (before != null) {
      before.labels().keySet().forEach(name -> labels.put(name, null));
    }
    for (String line : lines.split("\n", -1)) {
      if (!line.isBlank()) {
        int end = line.indexOf('=');
        if (end < 1) {
          throw Refusals.invalid("/labels", "expected lines of name=value");
        }
        labels.put(line.substring(0, end).strip(), line.substring(end + 1).strip());
      }
    }
    return labels;
  }

  /** A duration as people write it ("5 min", "30 s") in the API's form. */
  static String duration(String text) {
    return text.toLowerCase(Locale.ROOT)
        .replace(" ", "")
        .replaceFirst("^([0-9]+)(sec|seconds?)$", "$1s")
        .replaceFirst("^([0-9]+)(min|minutes?)$", "$1m")
        .replaceFirst("^([0-9]+)(hours?)$", "$1h")
        .replaceFirst("^p(t.*)$", "P$1")
        .transform(given -> given.startsWith("P") ? given.toUpperCase(Locale.ROOT) : given);
  }

  /**
   * Whether a form overrides guards, which takes a name typed in.
   *
   * @throws ProblemException 422 at the field {@code confirm} when it is another one
   */
  static boolean isForced(Form form, String name) {
    String typed = form.text("confirm");
    if (typed.isEmpty()) {
      return false;
    }
    if (!typed.equals(name)) {
      throw Refusals.invalid("/confirm", "type " + name + " to force it");
    }
    return true;
  }

  /** Query parameters of a call: force, when it is. */
  static Map<String, String> query(boolean forced, @Nullable String reason) {
    Map<String, String> query = new LinkedHashMap<>();
    if (forced) {
      query.put("force", "true");
    }
    if (reason != null) {
      query.put("reason", reason);
    }
    return query;
  }

  /** A step of a probe. */
  record Step(String name, boolean ok, String millis, String text) {}

  /** What a probe has found. */
  record Report(boolean ok, String address, List<Step> steps) {}

  Report report(ResponseEntity<byte[]> answer) {
    Map<?, ?> report = ImpactView.answered(answer);
    List<Step> steps =
        ImpactView.list(report.get("steps")).stream()
            .map(
                each -> {
                  Map<?, ?> step = ImpactView.map(each);
                  Object text = step.get("error") == null ? step.get("detail") : step.get("error");
                  return new Step(
                      String.valueOf(step.get("step")),
                      Boolean.TRUE.equals(step.get("ok")),
                      step.get("ms") instanceof Number ms
                          ? fmt.millis(ms.doubleValue())
                          : Formats.NONE,
                      text == null ? "" : String.valueOf(text));
                })
            .toList();
    return new Report(
        Boolean.TRUE.equals(report.get("ok")), String.valueOf(report.get("address")), steps);
  }
}

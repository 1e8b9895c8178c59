package io.sluice.admin;

import java.util.Map;
import java.util.Objects;

/** What the API's description says of query parameters. */
final class ApiParameters {
  static final String LIMIT = "items of a page, 1 to 500; default 100";
  static final String CURSOR = "where a page goes on: nextCursor of the one before";

  private static final Map<String, String> TEXTS =
      Map.ofEntries(
          Map.entry("dryRun", "true: only say what it would do; nothing changes"),
          Map.entry("force", "true: override guards; the audit tells"),
          Map.entry("reason", "why, for revisions and audit; also as the field Change-Reason"),
          Map.entry(
              "state",
              "one or more, with commas, of ready, drain, maint, up, down, unknown, ejected,"
                  + " eligible, ineligible"),
          Map.entry("q", "a text that pool, id, address or a label has in it"),
          Map.entry("drain", "how long requests in flight may take; PT0S: none; default PT30S"),
          Map.entry("window", "how far back, PT1S to PT24H; default PT15M, of latencies PT5M"),
          Map.entry(
              "step",
              "of a column's values; default PT5S (of many backends PT30S), or PT1M beyond PT15M"),
          Map.entry("pool", "the id of the only pool to show; default: all"),
          Map.entry("limit", LIMIT),
          Map.entry("cursor", CURSOR),
          Map.entry("from", "the number of the revision before"),
          Map.entry("to", "the number of the revision after"),
          Map.entry(
              "topics", "one or more, with commas, of stats, backend, operation, config, audit"));

  private ApiParameters() {}

  static String of(String name) {
    return Objects.requireNonNull(TEXTS.get(name), name);
  }
}

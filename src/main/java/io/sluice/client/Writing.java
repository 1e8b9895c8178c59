package io.sluice.client;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** The options of every command that changes something. */
final class Writing {
  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why; kept with the revision and in the audit.")
  private String reason = "";

  @Option(names = "--force", description = "Do it although a guard stands against it.")
  private boolean force;

  @Option(names = "--dry-run", description = "Change nothing, show what would happen.")
  private boolean dryRun;

  /** These options as the API's query. */
  String query() {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("reason", reason);
    query.put("force", force ? "true" : "");
    query.put("dryRun", dryRun ? "true" : "");
    return ApiClient.query(query);
  }

  /** Tells what was done, or shows what would happen. */
  void told(Output output, JsonNode answer, String sentence) {
    if (dryRun) {
      output.one(answer);
    } else {
      output.said(sentence, answer);
    }
  }

  boolean isDryRun() {
    return dryRun;
  }
}

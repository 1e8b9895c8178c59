package io.sluice.client;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists revisions, the newest first. */
@Command(name = "revisions")
final class RevisionsCommand extends ApiCommand {
  private static final List<Output.Column> COLUMNS =
      List.of(
          new Output.Column("NUMBER", "/number"),
          new Output.Column("AT", "/at"),
          new Output.Column("AUTHOR", "/author"),
          new Output.Column("SOURCE", "/source"),
          new Output.Column("SUMMARY", "/summary"),
          new Output.Column("REASON", "/reason"));

  @Option(
      names = {"-n", "--limit"},
      paramLabel = "COUNT",
      description = "How many, 1 to 500. Default: 20.")
  private int limit = 20;

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    output.list(api.get("/revisions?limit=" + limit), COLUMNS);
  }
}

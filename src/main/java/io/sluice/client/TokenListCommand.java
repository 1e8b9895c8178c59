package io.sluice.client;

import java.util.List;
import picocli.CommandLine.Command;

/** Lists tokens; their secrets are not kept. */
@Command(name = "list", description = "Lists tokens; their secrets are not kept.")
final class TokenListCommand extends ApiCommand {
  private static final List<Output.Column> COLUMNS =
      List.of(
          new Output.Column("ID", "/id"),
          new Output.Column("NAME", "/name"),
          new Output.Column("ROLE", "/role"),
          new Output.Column("CREATED", "/createdAt"),
          new Output.Column("EXPIRES", "/expiresAt"),
          new Output.Column("LAST USED", "/lastUsed"));

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    output.list(api.get("/tokens"), COLUMNS);
  }
}

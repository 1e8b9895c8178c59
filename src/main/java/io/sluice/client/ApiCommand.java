package io.sluice.client;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that calls the API. */
abstract class ApiCommand implements Callable<Integer> {
  @Mixin final Connection connection = new Connection();

  @Spec private @Nullable CommandSpec self;

  /** Does it; what it prints goes to {@code output}. */
  abstract void run(ApiClient api, Output output) throws ClientException;

  @Override
  public final Integer call() throws ClientException {
    if (self == null) {
      throw new IllegalStateException("runs by the command line only");
    }
    try (ApiClient api = connection.open()) {
      run(api, connection.output(self.commandLine().getOut()));
      return 0;
    }
  }
}

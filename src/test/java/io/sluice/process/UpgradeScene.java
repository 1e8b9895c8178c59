package io.sluice.process;

import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Traffic;
import io.sluice.testing.TrafficBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A directory with a configuration, a backend and processes that are started from it. */
final class UpgradeScene implements AutoCloseable {
  final Path directory;
  final Path file;
  final TrafficBackend backend;
  private final List<SluiceProcess> processes = new ArrayList<>();

  /**
   * Writes the configuration.
   *
   * @param more keys of {@code sluice}, as YAML in one line each
   */
  UpgradeScene(Path directory, String... more) throws IOException {
    this.directory = directory;
    this.backend = TrafficBackend.start();
    this.file =
        Files.writeString(
            directory.resolve("sluice.yaml"),
            """
            sluice:
              listeners: [{address: "127.0.0.1:0"}]
              admin: {address: "127.0.0.1:0"}
              access-log: {target: off}
              bootstrap:
                pools: [{id: default, backends: [{id: b1, address: "127.0.0.1:%d"}]}]
            """
                    .formatted(backend.port())
                + String.join("", List.of(more).stream().map(line -> "  " + line + "\n").toList()));
  }

  /** Starts the program. */
  SluiceProcess start(String... flags) throws IOException {
    return start(file, flags);
  }

  /** Starts the program with another file. */
  SluiceProcess start(Path configuration, String... flags) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.addAll(List.of("-c", configuration.toString()));
    Path temporary = directory.resolve("tmp");
    Files.createDirectories(temporary);
    SluiceProcess process =
        SluiceProcess.run(
            directory,
            AdminApi.ENVIRONMENT,
            List.of("-Djava.io.tmpdir=" + temporary),
            arguments.toArray(String[]::new));
    processes.add(process);
    return process;
  }

  /** Clients of two kinds in front of a process. */
  static Traffic traffic(SluiceProcess of) throws InterruptedException {
    return Traffic.to(of.proxy().getHost(), of.proxy().getPort())
        .newConnections()
        .keptConnections()
        .slowUploads();
  }

  @Override
  public void close() throws IOException {
    processes.forEach(SluiceProcess::close);
    backend.close();
  }
}

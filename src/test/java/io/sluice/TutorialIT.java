package io.sluice;

import io.sluice.testing.DocumentBlock;
import io.sluice.testing.DocumentRun;
import io.sluice.testing.SluiceProcess;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Does what the tutorials say. Only their ports are replaced by free ones. */
class TutorialIT {
  private static final List<String> PORTS = List.of("6188", "6189", "8001", "8002");

  @TempDir private Path directory;

  @Test
  void theFirstDrainGoesAsItIsTold() throws Exception {
    String page = "docs/tutorials/first-drain.md";
    String text = Files.readString(SluiceProcess.home().resolve(page));
    try (ServerSocket a = new ServerSocket(0);
        ServerSocket b = new ServerSocket(0);
        ServerSocket c = new ServerSocket(0);
        ServerSocket d = new ServerSocket(0)) {
      List<ServerSocket> free = List.of(a, b, c, d);
      for (int i = 0; i < PORTS.size(); i++) {
        text = text.replace(PORTS.get(i), String.valueOf(free.get(i).getLocalPort()));
      }
    }
    Files.createSymbolicLink(directory.resolve("bin"), SluiceProcess.home().resolve("bin"));
    try (DocumentRun run = new DocumentRun(page, directory, Map.of(), Set.of())) {
      run.follow(DocumentBlock.of(text), 15);
    }
  }
}

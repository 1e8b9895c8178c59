package io.sluice.store;

import io.sluice.config.Snapshot;
import io.sluice.store.SnapshotStore.Stored;
import io.sluice.testing.SluiceProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process that appends revision after revision to a store, from the packaged jar, and writes the
 * number of each to standard output once it is acknowledged. Closing it is kill -9.
 */
final class StoreWriter implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private StoreWriter(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts it on a store; what it loads is kept in a directory of the test's. */
  static StoreWriter on(Path file, Path temporary) throws IOException {
    return new StoreWriter(
        command(StoreWriter.class, file, temporary).redirectErrorStream(true).start());
  }

  /** A process with one of the tests' mains and what the packaged jar has. */
  static ProcessBuilder command(Class<?> main, Path file, Path temporary) {
    return new ProcessBuilder(
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.io.tmpdir=" + temporary,
            "-Dloader.main=" + main.getName(),
            "-Dloader.path=" + classes(),
            "-cp",
            SluiceProcess.jar().toString(),
            "org.springframework.boot.loader.launch.PropertiesLauncher",
            file.toString()));
  }

  private static Path classes() {
    return Path.of(StoreWriter.class.getProtectionDomain().getCodeSource().getLocation().getPath());
  }

  long pid() {
    return process.pid();
  }

  /** The next line that it writes; null: it has ended. */
  @Nullable String line() throws IOException {
    return output.readLine();
  }

  /** Kills it and gives what it had written. */
  List<String> kill() throws IOException, InterruptedException {
    // By its handle: the process's own method closes what is still to be read.
    process.toHandle().destroyForcibly();
    process.waitFor();
    List<String> rest = new ArrayList<>();
    for (String line = line(); line != null; line = line()) {
      rest.add(line);
    }
    return rest;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    output.close();
  }

  /** The snapshot that every writer gives a revision. */
  static Snapshot snapshot(long revision) {
    Snapshot snapshot = Snapshots.of(20, 3);
    for (long i = Math.max(2, revision - 40); i <= revision; i++) {
      snapshot = Snapshots.step(snapshot, i);
    }
    return snapshot;
  }

  /** The process's main. */
  public static void main(String[] arguments) {
    try (SqliteStore store = SqliteStore.open(Path.of(arguments[0]), 1000)) {
      Stored newest = store.snapshots().newest();
      Snapshot before = newest == null ? Snapshots.NONE : newest.snapshot();
      long next = newest == null ? 1 : newest.revision().number() + 1;
      while (!Thread.currentThread().isInterrupted()) {
        Snapshot after = snapshot(next);
        store.snapshots().append(Snapshots.CHANGE, before, after);
        System.out.println(next);
        System.out.flush();
        before = after;
        next++;
      }
    } catch (StoreException failure) {
      System.out.println(failure.getMessage());
    }
  }
}

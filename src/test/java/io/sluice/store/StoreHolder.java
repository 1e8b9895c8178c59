package io.sluice.store;

import io.sluice.store.SnapshotStore.Stored;
import io.sluice.store.StoreException.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that opens a store and gives it up as it is told, and has a thread that never ceases to
 * append revisions: those that are stored are told by their numbers. Closing it is kill -9.
 */
final class StoreHolder implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long REFUSED_NANOS = 100_000;

  private final Process process;
  private final BufferedReader output;
  private final List<Long> acknowledged;

  private StoreHolder(Process process, List<Long> acknowledged) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.acknowledged = acknowledged;
  }

  /**
   * Starts one that waits for the store.
   *
   * @param acknowledged gets every number that it tells
   */
  static StoreHolder of(Path file, Path temporary, List<Long> acknowledged) throws IOException {
    Process process =
        StoreWriter.command(StoreHolder.class, file, temporary).redirectErrorStream(true).start();
    StoreHolder holder = new StoreHolder(process, acknowledged);
    holder.await("waits");
    return holder;
  }

  void tell(String command) throws IOException {
    OutputStream input = process.getOutputStream();
    input.write((command + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  void await(String word) throws IOException {
    for (String line = output.readLine(); !word.equals(line); line = output.readLine()) {
      take(line, word);
    }
  }

  /** Waits until it has stored so many more. */
  void awaitRevisions(int more) throws IOException {
    for (int i = 0; i < more; i++) {
      take(output.readLine(), "a number");
    }
  }

  private void take(String line, String expected) {
    if (line == null || !line.matches("[0-9]+")) {
      throw new AssertionError("not " + expected + " but " + line);
    }
    acknowledged.add(Long.parseLong(line));
  }

  /** Kills it and takes what it had told. */
  void kill() throws IOException, InterruptedException {
    process.toHandle().destroyForcibly();
    process.waitFor();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.matches("[0-9]+")) {
        acknowledged.add(Long.parseLong(line));
      }
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    output.close();
  }

  /** The process's main. */
  public static void main(String[] arguments) throws IOException {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (SqliteStore store = SqliteStore.at(Path.of(arguments[0]), 1_000)) {
      Thread writer = new Thread(() -> append(store));
      writer.setDaemon(true);
      writer.start();
      tellTest("waits");
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        if (line.equals("open")) {
          store.open(PATIENCE);
          tellTest("opened");
        } else {
          store.release();
          tellTest("released");
        }
      }
    } catch (StoreException failure) {
      tellTest(String.valueOf(failure.getMessage()));
    }
  }

  private static void tellTest(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void append(SqliteStore store) {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Stored newest = store.snapshots().newest();
        long next = newest == null ? 1 : newest.revision().number() + 1;
        Stored stored =
            store.snapshots().append(Snapshots.CHANGE, Snapshots.NONE, StoreWriter.snapshot(next));
        tellTest(String.valueOf(stored.revision().number()));
      } catch (StoreException failure) {
        if (failure.kind() != Kind.HANDED_OVER) {
          tellTest(String.valueOf(failure.getMessage()));
          return;
        }
        LockSupport.parkNanos(REFUSED_NANOS);
      }
    }
  }
}
